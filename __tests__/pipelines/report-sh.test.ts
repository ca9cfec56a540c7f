import { Playground } from "../delivery/stub";

let playground: Playground;

beforeEach(() => {
  playground = new Playground("../../examples/pipelines/report.sh", { GH_REPO: "team/dify" });
  playground.file("plans/text.html", "<pre>what changes</pre>\n");
  // What is sent is written down, because its file is gone afterwards.
  playground.answer("gh api --silent *", {
    run: 'for argument; do case $argument in body=@*) cat "${argument#body=@}" ;; esac; done',
  });
});
afterEach(() => {
  playground.remove();
});

const lists = (path: string, answer: string): Playground =>
  playground.answer(`gh api --paginate repos/team/dify/${path}*`, answer);

test("writes one comment, and the next run the same one", async () => {
  lists("issues/7/comments", "");
  const first = await playground.run({}, ["comment", "7", "plans/text.html"]);
  expect(first.code).toBe(0);
  expect(first.calls[1]).toMatch(/--method POST repos\/team\/dify\/issues\/7\/comments/);
  expect(first.stdout).toBe("<!-- what Terraform would change in Dify -->\n<pre>what changes</pre>\n");
  // Of others, and of other workflows with the same token, none is taken.
  expect(playground.calls()[0]?.at(-1)).toBe(
    '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- what Terraform would change in Dify -->"))) | .id',
  );
  lists("issues/7/comments", "41\n42\n");
  const second = await playground.run({}, ["comment", "7", "plans/text.html"]);
  expect(second.calls[1]).toMatch(/--method PATCH repos\/team\/dify\/issues\/comments\/42 /);
});

test("opens an issue, writes the open one the next time, and closes it", async () => {
  lists("issues", "");
  const opened = await playground.run({}, ["issue", "Drift in dify-prod", "plans/text.html"]);
  expect(opened.calls[1]).toMatch(/--method POST repos\/team\/dify\/issues --raw-field title=Drift in dify-prod/);
  expect((await playground.run({}, ["close", "Drift in dify-prod"])).calls).toHaveLength(1);
  lists("issues", "5\n");
  const written = await playground.run({}, ["issue", "Drift in dify-prod", "plans/text.html"]);
  expect(written.calls[1]).toMatch(/--method PATCH repos\/team\/dify\/issues\/5 /);
  const closed = await playground.run({}, ["close", "Drift in dify-prod"]);
  expect(closed.calls[1]).toMatch(/--method PATCH repos\/team\/dify\/issues\/5 --raw-field state=closed$/);
});

test.each([[["comment", "7"]], [["close"]], [["delete", "5"]]])("refuses %j", async (args) => {
  expect(await playground.run({}, args)).toMatchObject({ code: 2, calls: [] });
});

test("a refusal by GitHub is an error", async () => {
  lists("issues", "").answer("gh api --silent *", { code: 1, stderr: "403" });
  expect((await playground.run({}, ["issue", "Drift in dify-prod", "plans/text.html"])).code).not.toBe(0);
});
