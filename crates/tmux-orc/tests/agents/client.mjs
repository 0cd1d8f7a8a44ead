// Calls tools by the official SDK's client: node client.mjs SDK-FOLDER PROGRAM CALLS
// CALLS is a JSON array of [tool, arguments]; printed is one JSON object: the server, its tools, the results in order.
const [sdk, program, calls] = process.argv.slice(2);
const { Client } = await import(`${sdk}/dist/esm/client/index.js`);
const { StdioClientTransport } = await import(`${sdk}/dist/esm/client/stdio.js`);

const client = new Client({ name: "test", version: "1" });
await client.connect(new StdioClientTransport({ command: program, args: ["mcp"], env: process.env }));
const { tools } = await client.listTools();
const results = [];
for (const [name, args] of JSON.parse(calls)) {
  const result = client.callTool({ name, arguments: args });
  results.push(await result.catch((error) => ({ protocolError: error.code, message: error.message })));
}
const server = { ...client.getServerVersion(), instructions: client.getInstructions() };
console.log(JSON.stringify({ server, tools, results }));
await client.close();
