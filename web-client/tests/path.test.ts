import { describe, expect, it } from "vitest";
import { longest, pathOf } from "../src/core/path";

const candidate = (id: string, protocol: string, candidateType = "host") => ({
  id,
  type: "local-candidate",
  protocol,
  candidateType,
});
const pair = (id: string, localCandidateId: string, selected?: boolean) => ({
  id,
  type: "candidate-pair",
  localCandidateId,
  ...(selected === undefined ? {} : { selected }),
});

describe("the way of media", () => {
  const candidates = [
    candidate("u", "udp"),
    candidate("t", "tcp", "prflx"),
    candidate("r", "udp", "relay"),
    candidate("s", "tcp", "relay"),
  ];
  const pairs = ["u", "t", "r", "s"].map((id) => pair(`p${id}`, id));

  it("is that of the selected pair, whatever other pairs there are", () => {
    const over = (selectedCandidatePairId: string) =>
      pathOf([{ id: "T", type: "transport", selectedCandidatePairId }, ...pairs, ...candidates]);
    expect(over("pu")).toBe("direct");
    expect(over("pt")).toBe("tcp");
    expect(over("pr")).toBe("relay");
    expect(over("ps")).toBe("relay");
  });

  it("is found where the browser marks the pair instead", () => {
    expect(pathOf([pair("a", "u", false), pair("b", "t", true), ...candidates])).toBe("tcp");
  });

  it("is not claimed while nothing is selected", () => {
    expect(pathOf([{ id: "T", type: "transport" }, ...pairs, ...candidates])).toBeNull();
    expect(pathOf([{ id: "T", type: "transport", selectedCandidatePairId: "gone" }])).toBeNull();
    expect(pathOf([])).toBeNull();
  });

  it("of two connections is the longer one, and none while one has none", () => {
    expect(longest(["direct", "tcp"])).toBe("tcp");
    expect(longest(["relay", "direct"])).toBe("relay");
    expect(longest(["direct", "direct"])).toBe("direct");
    expect(longest(["tcp", null])).toBeNull();
    expect(longest([])).toBeNull();
  });
});
