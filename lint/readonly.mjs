/** Props and results are never changed on the way. */
export default {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      field: "What goes in or comes out is not changed on the way: make the field readonly.",
      result: "A construct's results are readonly.",
    },
  },
  create({ report }) {
    return {
      "TSInterfaceDeclaration TSPropertySignature[readonly!=true]": (node) => report({ node, messageId: "field" }),
      "ClassBody > PropertyDefinition[readonly!=true][accessibility!='private']": (node) =>
        report({ node, messageId: "result" }),
    };
  },
};
