/** Somebody who leaves a field out has to know its default; a required field has none. */
export default {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      missing: 'The optional field "{{name}}" does not say what it is without a value: add @default to its comment.',
      superfluous: '"{{name}}" is required and has no default: take @default out, or make it optional.',
    },
  },
  create({ report, sourceCode }) {
    return {
      "TSInterfaceDeclaration TSPropertySignature"(node) {
        const documented = sourceCode.getCommentsBefore(node).some(({ value }) => /^\*.*@default\b/s.test(value));
        if (node.optional === documented) return;
        const name = sourceCode.getText(node.key);
        report({ node: node.key, messageId: documented ? "superfluous" : "missing", data: { name } });
      },
    };
  },
};
