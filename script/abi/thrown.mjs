// Errors that code throws from assembly, where the compiler puts none into the ABI: found by their selectors in the
// code.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { toFunctionSelector } from "viem";

const selector = (error) => toFunctionSelector({ ...error, type: "function" }).slice(2);

/** Every error that an artifact of the folder declares, libraries included: selector -> entry of the ABI. */
export function declaredErrors(out) {
  const errors = new Map();
  for (const folder of readdirSync(out).filter((name) => name.endsWith(".sol"))) {
    for (const file of readdirSync(join(out, folder))) {
      const { abi = [] } = JSON.parse(readFileSync(join(out, folder, file), "utf8"));
      for (const entry of abi.filter(({ type }) => type === "error")) errors.set(selector(entry), entry);
    }
  }
  return errors;
}

/** The constants of PUSH instructions in deployed code. */
export function pushed(code) {
  const bytes = Buffer.from(code.slice(2).replace(/__\$.{34}\$__/g, "00".repeat(20)), "hex");
  const found = new Set();
  for (let at = 0; at < bytes.length; at++) {
    const size = bytes[at] - 0x5f;
    if (size < 1 || size > 32) continue;
    found.add(bytes.subarray(at + 1, at + 1 + size).toString("hex"));
    at += size;
  }
  return found;
}

/** The declared errors whose selector the code has: alone, or in the first bytes of a word. */
export function thrown(code, errors) {
  return [...pushed(code)].flatMap((constant) => {
    const error = /^.{8}(0{56})?$/.test(constant) ? errors.get(constant.slice(0, 8)) : undefined;
    return error === undefined ? [] : [error];
  });
}
