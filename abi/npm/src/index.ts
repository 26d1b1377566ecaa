export * from "./generated/abis.js";
export * from "./generated/deployments.js";
export * from "./record.js";
