// Drives the sandbox with an independent client and prints what it saw as one JSON line.
import { createRequire } from "node:module";
import { once } from "node:events";
import { join } from "node:path";

const require = createRequire(join(process.env.CLIENT_FOLDER, "package.json"));
const { CTraderConnection } = require("@reiryoku/ctrader-layer");

const account = 5150705;
const seen = { spots: [], executions: [] };
const connection = new CTraderConnection({ host: "localhost", port: Number(process.env.SANDBOX_PORT) });

async function until(condition, what) {
  for (const end = Date.now() + 15000; !condition(); ) {
    if (Date.now() > end) {
      throw new Error(`not seen in time: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const step = (type) => seen.executions.filter((e) => e.type === type);

await connection.open();
const beat = setInterval(() => connection.sendHeartbeat(), 1000);
connection.on("ProtoOASpotEvent", ({ descriptor: d }) => {
  seen.spots.push({ symbolId: d.symbolId, bid: d.bid, ask: d.ask, timestamp: d.timestamp });
});
connection.on("ProtoOAExecutionEvent", ({ descriptor: d }) => {
  seen.executions.push({ type: d.executionType, position: d.position, deal: d.deal });
});

await connection.sendCommand("ProtoOAApplicationAuthReq", { clientId: "sandbox-app", clientSecret: "sandbox-secret" });
const list = await connection.sendCommand("ProtoOAGetAccountListByAccessTokenReq", { accessToken: "demo-access-token" });
await connection.sendCommand("ProtoOAAccountAuthReq", {
  ctidTraderAccountId: account,
  accessToken: "demo-access-token",
});
const { symbol } = await connection.sendCommand("ProtoOASymbolsListReq", { ctidTraderAccountId: account });
const euro = symbol.find((s) => s.symbolName === "EURUSD");
const full = await connection.sendCommand("ProtoOASymbolByIdReq", {
  ctidTraderAccountId: account,
  symbolId: [euro.symbolId],
});
await connection.sendCommand("ProtoOASubscribeSpotsReq", {
  ctidTraderAccountId: account,
  symbolId: [euro.symbolId],
  subscribeToSpotTimestamp: true,
});
await until(() => seen.spots.length >= 5, "five ticks");

await connection.sendCommand("ProtoOANewOrderReq", {
  ctidTraderAccountId: account,
  symbolId: euro.symbolId,
  orderType: "MARKET",
  tradeSide: "BUY",
  volume: 100000,
});
await until(() => step("ORDER_FILLED").length === 1, "the fill");
const opened = step("ORDER_FILLED")[0].position;
await connection.sendCommand("ProtoOAClosePositionReq", {
  ctidTraderAccountId: account,
  positionId: opened.positionId,
  volume: 100000,
});
await until(() => step("ORDER_FILLED").length === 2, "the closing fill");
const closed = step("ORDER_FILLED")[1];
const { position } = await connection.sendCommand("ProtoOAReconcileReq", { ctidTraderAccountId: account });
const bars = await connection.sendCommand("ProtoOAGetTrendbarsReq", {
  ctidTraderAccountId: account,
  symbolId: euro.symbolId,
  period: "M5",
  fromTimestamp: Date.now() - 86400000,
  toTimestamp: Date.now(),
  count: 5,
});
const refused = await connection
  .sendCommand("ProtoOATraderReq", { ctidTraderAccountId: 1 })
  .then(() => null, (error) => error.errorCode);

const line = JSON.stringify({
  accounts: list.ctidTraderAccount.map((a) => a.ctidTraderAccountId),
  symbols: symbol.length,
  lotSize: full.symbol[0].lotSize,
  spots: seen.spots.slice(0, 5),
  opened: opened.positionStatus,
  closed: closed.position.positionStatus,
  balance: closed.deal.closePositionDetail.balance,
  positions: position.length,
  bars: bars.trendbar.length,
  refused,
});
clearInterval(beat);
connection.close();
if (!process.stdout.write(`${line}\n`)) {
  await once(process.stdout, "drain");
}
process.exit(0);
