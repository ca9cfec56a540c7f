import { createSocket } from "node:dgram";

export interface DnsServer {
  readonly port: number;
  /** Names that were asked for. */
  readonly asked: string[];
  close(): void;
}

/** IPv4 addresses by name; a function is asked at every query. */
export type Zone = Readonly<Record<string, readonly string[] | (() => readonly string[])>>;

/** A DNS server that knows a few names, with a life of a second; every other name does not exist. */
export async function dnsServer(zone: Zone, listen = { address: "127.0.0.1", port: 0 }): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, client) => {
    const question = readQuestion(query);
    asked.push(question.name);
    const entry = zone[question.name];
    const addresses = question.type === 1 ? (typeof entry === "function" ? entry() : (entry ?? [])) : [];
    const answers = addresses.map((address) =>
      Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split(".").map(Number)]),
    );
    const flags = entry === undefined ? 0x8183 : 0x8180;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(flags, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    socket.send(Buffer.concat([header, query.subarray(12, question.end), ...answers]), client.port, client.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(listen.port, listen.address, resolve);
  });
  return {
    port: socket.address().port,
    asked,
    close: () => {
      socket.close();
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}
