import { Hono } from "hono";

// Only ponder's own /ready is asked.
export default new Hono();
