import { formatRange, overlap, parseNetwork, parseRange, subtract } from "../../modules/dify-common/address-ranges";

function range(text: string) {
  const parsed = parseRange(text);
  if (!parsed) throw new Error(`${text} is no range`);
  return parsed;
}

describe("a range", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["10.1.2.3", "10.1.2.3/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["64:ff9b::/96", "64:ff9b:0:0:0:0:0:0/96"],
    ["FD20:CE::254", "fd20:ce:0:0:0:0:0:254/128"],
    ["::", "0:0:0:0:0:0:0:0/128"],
  ])("is read from %s", (text, formatted) => {
    expect(formatRange(range(text))).toBe(formatted);
  });

  it.each([
    ...["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "a.example", "1:2"],
    // Some programs read 010 as 8.
    "010.0.0.0/8",
    ...["::/129", "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::", "fe80::1%eth0"],
  ])("is not read from %j", (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  it("is a network only where it is written as one, in IPv4 and without host bits", () => {
    expect(parseNetwork("10.0.0.0/24")).toEqual(range("10.0.0.0/24"));
    for (const text of ["10.0.0.1/24", "10.0.0.0", "::/96", "nonsense"]) expect(parseNetwork(text)).toBeUndefined();
  });

  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0/8", false],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["0.0.0.0/0", "192.168.0.0/16", true],
    ["::/0", "10.0.0.0/8", false],
    ["fc00::/7", "fd20:ce::254", true],
  ])("%s and %s overlap: %s", (a, b, expected) => {
    expect(overlap(range(a), range(b))).toBe(expected);
    expect(overlap(range(b), range(a))).toBe(expected);
  });

  it.each([
    ["10.0.0.0/8", [], ["10.0.0.0/8"]],
    ["10.0.0.0/8", ["10.0.0.0/8"], []],
    ["10.1.0.0/16", ["10.0.0.0/8"], []],
    ["10.0.0.0/30", ["10.0.0.1"], ["10.0.0.0/32", "10.0.0.2/31"]],
    ["10.0.0.0/30", ["10.0.0.1", "10.0.0.2"], ["10.0.0.0/32", "10.0.0.3/32"]],
    ["fc00::/126", ["fc00::3", "10.0.0.0/8"], ["fc00:0:0:0:0:0:0:0/127", "fc00:0:0:0:0:0:0:2/128"]],
  ])("%s without %j is %j", (from, others, left) => {
    expect(subtract(range(from), others.map(range)).map(formatRange)).toEqual(left);
  });
});
