// From an empty chain to a pool in use and everything that a deployer does next, by the commands of docs/deployment.md
// alone.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  DEPLOYER,
  DEPLOYER_KEY,
  SECOND,
  SECOND_KEY,
  THIRD,
  THIRD_KEY,
  act,
  deploy,
  govern,
  root,
  startAnvil,
} from "./anvil.mjs";

const account = (n) => `0x${n.toString(16).padStart(40, "0")}`;
const signers = (...list) => list.map(account).join(",");
const people = {
  FLUXION_PROPOSERS: SECOND,
  FLUXION_EXECUTORS: SECOND,
  FLUXION_GUARDIAN: THIRD,
  FLUXION_POOL_CREATORS: SECOND,
  FLUXION_WRAPPED_NATIVE: account(22),
  FLUXION_SKILL_MANAGERS: SECOND,
  FLUXION_BADGE_URI: "https://example.org/{id}.json",
  FLUXION_SIGNERS: signers(33, 34, 35, 36, 37),
};

/** A file of its own: the act that adds a feed writes it. */
function networkFile(t) {
  const folder = join(root, "script", "networks");
  // What a run that was killed left there.
  for (const file of readdirSync(folder)) if (file.startsWith("scratch-")) rmSync(join(folder, file));
  const name = `scratch-${process.pid}`;
  const path = join(folder, `${name}.json`);
  writeFileSync(path, readFileSync(join(root, "script", "networks", "sonic.json")));
  t.after(() => rmSync(path, { force: true }));
  return { name, path };
}

const word = (value) => BigInt(value).toString(16).padStart(64, "0");
const text = (value) => word(value.length) + Buffer.from(value).toString("hex").padEnd(64, "0");

/** A token of which SECOND has a million. */
async function token(chain, symbol, decimals) {
  const { bytecode } = JSON.parse(readFileSync(join(root, "out", "LocalToken.sol", "LocalToken.json"), "utf8"));
  const holders = word(1) + word(SECOND);
  const args =
    [160, 224, decimals, 288, 1_000_000n * 10n ** BigInt(decimals)].map(word).join("") +
    text(symbol) +
    text(symbol) +
    holders;
  const sent = { from: SECOND, data: bytecode.object + args, gas: "0x400000" };
  return (await chain.send(sent)).contractAddress;
}

test(
  "DEPLOY-11: a pool in use, a feed after the hand-over, other signers, a badge: only commands, no bit packed by hand",
  { timeout: 600_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "fluxion-act-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const { name, path } = networkFile(t);
    const chain = await startAnvil(t, 146);
    const at = ["--network", name, "--rpc-url", chain.url, "--record", join(folder, "146.json")];
    let commands = 0;
    const succeeds = async (run, args, environment, ...expected) => {
      commands += 1;
      const { code, output } = await run(args, environment);
      assert.equal(code, 0, `${args.slice(0, 3).join(" ")}: ${output}`);
      for (const one of expected) assert.match(output, one);
      return output;
    };
    const refuses = async (run, args, environment, expected) => {
      const { code, output } = await run(args, environment);
      assert.equal(code, 1, output);
      assert.match(output, expected);
      assert.equal(
        output
          .trim()
          .split("\n")
          .filter((line) => line.startsWith("act: ")).length,
        run === act ? 1 : 0,
        output,
      );
      return output;
    };
    const second = { ...people, SENDER_KEY: SECOND_KEY };
    const governor = { ...people, GOVERNOR_KEY: SECOND_KEY };
    const wait = async (seconds) => {
      await chain.rpc("evm_increaseTime", seconds);
      await chain.rpc("anvil_mine", "0x1");
    };

    await succeeds(deploy, at, { ...people, DEPLOYER_KEY });
    const [gold, iron] = [await token(chain, "GOLD", 18), await token(chain, "IRON", 6)];

    // A pool: rehearsed without a key, then created.
    const creation = [
      "create-pool",
      ...at,
      "--kind",
      "weighted",
      "--fee",
      "0.3%",
      "--tokens",
      `${iron}=20%,${gold}=80%`,
      "--amounts",
      `${gold}=800,IRON=200.5`,
    ];
    const before = await chain.rpc("eth_getTransactionCount", SECOND, "latest");
    const rehearsed = await act([...creation, "--from", SECOND], people);
    assert.match(rehearsed.output, /PoolManager\.createPool\n.*nothing was sent; --send does it/s);
    assert.equal(await chain.rpc("eth_getTransactionCount", SECOND, "latest"), before, "a rehearsal sends nothing");
    await refuses(
      act,
      [...creation, "--send", "--from", DEPLOYER],
      second,
      /--from is 0xf39f\w+, but SENDER_KEY belongs to 0x7099/,
    );
    await refuses(
      act,
      [...creation.map((one) => one.replace("=80%", "=81%")), "--send"],
      second,
      /--tokens has weights of 101% in all; write weights of 100%/,
    );
    const created = await succeeds(
      act,
      [...creation, "--send"],
      second,
      /800 GOLD/,
      /200\.5 IRON/,
      /sent 3 transactions/,
    );
    const [, id] = created.match(/pool id (0x[0-9a-f]{64})/);
    assert.ok(created.includes(`-> poolId ${id}`), "the id that was told before is the contract's");

    const pool = ["--pool", id];
    const trade = [...at, ...pool, "--sell", "10", "--token", "GOLD", "--for", "IRON"];
    const [, price] = (await succeeds(act, ["quote", ...trade], second)).match(/10 GOLD for ([\d.]+) IRON/);
    const sold = await succeeds(act, ["swap", ...trade, "--send"], second, /10 GOLD for/, /sent 2 transactions/);
    const [, got] = sold.match(/-> amountOut (\d+)/);
    assert.equal(Number(got) / 1e6, Number(price), "a swap gives what was quoted");
    await succeeds(
      act,
      ["add-liquidity", ...at, ...pool, "--amounts", "IRON=5", "--send"],
      second,
      /5 IRON for [\d.]+ shares/,
      /sent 2 transactions/,
    );
    await refuses(
      act,
      ["swap", ...at, ...pool, "--sell", "10", "--token", "LEAD", "--for", "IRON"],
      second,
      /--token is "LEAD"; write one of \w+ \(0x/,
    );
    await refuses(
      act,
      ["quote", ...at, "--pool", `0x${"0".repeat(64)}`, "--sell", "1", "--token", "A", "--for", "B"],
      second,
      /there is no such pool/,
    );

    // A skill and a badge, by a manager of the file; a stranger is told whose it is.
    const skill = [
      "define-skill",
      ...at,
      "--name",
      "Solidity",
      "--first-level-xp",
      "100",
      "--max-level",
      "10",
      "--max-xp",
      "1000",
    ];
    await refuses(
      act,
      [...skill, "--send"],
      { ...people, SENDER_KEY: THIRD_KEY },
      /SkillWallet\.defineSkill refuses 0x3c44\w+: AccessManagedUnauthorized.*pass --schedule with the key of a proposer/i,
    );
    await succeeds(act, [...skill, "--send"], second, /-> skill 1/);
    await succeeds(
      act,
      ["create-badge", ...at, "--kind", "7", "--tier", "2", "--soulbound", "--skill", "1", "--level", "3", "--send"],
      second,
      /badge id 1794/,
    );
    await succeeds(act, ["validator", ...at, "--skill", "1", "--account", account(50), "--send"], second);

    // A feed and other signers: the file says it, the Timelock does it.
    const feed = [
      "add-feed",
      ...at,
      "--pair",
      "ETH/USD",
      "--decimals",
      "8",
      "--max-delay",
      "120",
      "--breaker-bps",
      "1000",
      "--confirmation-time",
      "30",
    ];
    await refuses(
      act,
      feed.map((one) => (one === "8" ? "19" : one)),
      people,
      /--decimals is "19"; write a whole number from 1 to 18/,
    );
    const unchanged = readFileSync(path, "utf8");
    assert.match((await act(feed, people)).output, /nothing was written; --send writes it/);
    assert.equal(readFileSync(path, "utf8"), unchanged);
    await succeeds(act, [...feed, "--send"], second, /\.feeds\[\d+\].*ETH\/USD/);
    commands += 1;
    await refuses(
      deploy,
      at,
      { ...people, DEPLOYER_KEY },
      /no longer admin of the AccessManager; let the Timelock schedule the call \(make govern\)/,
    );
    await succeeds(govern, [...at, "--schedule"], governor, /PriceFeed:ETH\/USD/);
    const rotation = [
      "rotate-signers",
      ...at,
      "--signers",
      signers(44, 43, 42, 41, 40),
      "--threshold",
      "3",
      "--strict-threshold",
      "4",
    ];
    await succeeds(act, [...rotation, "--schedule"], second, /scheduled operation 0x/);
    await refuses(act, [...rotation, "--execute"], second, /is waiting; it is ready at \d+/);
    await wait(172_800);
    await succeeds(govern, [...at, "--execute"], governor);
    await succeeds(act, [...rotation, "--execute"], second, /executed operation 0x/);

    // The guardian stops it, and governance may let it go on.
    const pause = ["pause", ...at, "--pools", "all", "--flags", "priced,adds"];
    await succeeds(act, [...pause, "--send"], { ...people, SENDER_KEY: THIRD_KEY }, /1 pools in 1 list/);
    await refuses(act, ["swap", ...trade, "--send"], second, /PoolManager\.\w+ refuses.*Paused/);
    const ended = await act([...pause, "--until", "0"], second);
    assert.equal(ended.code, 0, ended.output);
    assert.match(
      ended.output,
      /it is governance's\n.*operation 0x\w+ of the Timelock 0x\w+: not scheduled\n.*nothing was sent; --schedule and/s,
    );

    const followed = { ...people, FLUXION_SIGNERS: signers(40, 41, 42, 43, 44) };
    await succeeds(deploy, [...at, "--verify-only"], followed, /PriceFeed|Badges|contracts are as recorded/);
    t.diagnostic(`${commands} commands`);
  },
);
