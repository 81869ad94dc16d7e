// One SDK by name, told nothing: it reads its address and its key from the environment. Prints what came of each call.
const asked = [{ role: "user", content: "hi" }];

async function openai() {
  const { default: OpenAI } = await import("openai");
  const client = new OpenAI({ maxRetries: 0 });
  return {
    answer: async () => (await client.chat.completions.create({ model: "m", messages: asked })).choices[0].message.content,
    stream: async () => {
      let words = "";
      for await (const part of await client.chat.completions.create({ model: "m", messages: asked, stream: true }))
        words += part.choices[0].delta.content;
      return words;
    },
  };
}

async function anthropic() {
  const { default: Anthropic } = await import("@anthropic-ai/sdk");
  const client = new Anthropic({ maxRetries: 0 });
  const asking = { model: "m", max_tokens: 5, messages: asked };
  return {
    answer: async () => (await client.messages.create(asking)).content[0].text,
    stream: async () => {
      let words = "";
      for await (const event of await client.messages.create({ ...asking, stream: true }))
        if (event.type === "content_block_delta") words += event.delta.text;
      return words;
    },
  };
}

const [sdk, call] = process.argv.slice(2);
const calls = await { openai, anthropic }[sdk]();
try {
  console.log(JSON.stringify({ said: await calls[call]() }));
} catch (error) {
  console.log(JSON.stringify({ error: error.constructor.name, status: error.status ?? null, text: String(error.message) }));
}
