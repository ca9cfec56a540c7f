import { KUBERNETES, type Rule } from "./rule";

/** Below it, Linux lets only root listen, unless the node's container runtime says otherwise. */
const ORDINARY = 1024;

const listening: Rule = {
  id: "port-for-ordinary-user",
  what: "A `container_port`, or a port of an additional service, below 1024",
  why: "Containers here run as ordinary users without capabilities, who cannot listen there on every node: the pods would not become ready.",
  risk: "High",
  severity: "warning",
  variables: ["container_port", "additional_services"],
  source: KUBERNETES,
  brokenBy: (v) => {
    const inVain =
      "containers here run as ordinary users, who can listen there only where the node's container runtime allows it. On others its pods never become ready, and the apply waits for them until it times out.";
    return [
      ...(v.container_port < ORDINARY
        ? [`container_port is ${v.container_port}, and ${inVain} Set container_port = 5001, which nobody outside sees.`]
        : []),
      ...v.additional_services
        .filter(({ port }) => port < ORDINARY)
        .map(
          ({ name, port }) =>
            `The port of "${name}" is ${port}, and ${inVain} Have the program listen on ${port + 8000}, set port to that, and service_port to ${port} if others are to reach it there.`,
        ),
    ];
  },
  message: (_, subject) => subject,
};

export const portRules: readonly Rule[] = [listening];
