// The same cases with clients that others wrote, each compared with what a plain request is answered:
//   node clients.mjs http://127.0.0.1:8080 KEY
// A line a case; the exit code is 0 if all are as they should be. The server has the models gru, lstm-bytes and
// gru-words, and chats.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI, OpenAI as LangChain } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import OpenAI from 'openai';

globalThis.AI_SDK_LOG_WARNINGS = false; // of what it cannot ask of a completion

const [base, key] = process.argv.slice(2);
const baseURL = `${base}/v1`;

/** What all texts are asked with, unless a case says otherwise. */
const usual = { model: 'gru', max_tokens: 30, temperature: 1, seed: 11 };

const completions = {
  'a prompt': { prompt: 'the miller ' },
  'no prompt': { prompt: '' },
  'a prompt of what the model does not know': { prompt: 'thé 🙂 漢 ' },
  'a prompt of several lines': { prompt: 'the miller\nsang\n' },
  'a long prompt': { prompt: 'the miller '.repeat(400) },
  'one token': { prompt: 'the ', max_tokens: 1 },
  'many tokens': { prompt: 'the ', max_tokens: 1000 },
  'the likeliest tokens': { prompt: 'the ', temperature: 0 },
  'a high temperature': { prompt: 'the ', temperature: 1.7 },
  'the likeliest half': { prompt: 'the ', top_p: 0.5 },
  'nothing of the probability': { prompt: 'the ', top_p: 0 },
  'a stop string that comes': { prompt: 'the ', max_tokens: 300, stop: ['e'] },
  'several stop strings': { prompt: 'the ', max_tokens: 300, stop: ['ing', '. ', 'th'] },
  'a stop string that never comes': { prompt: 'the ', stop: ['漢'] },
  'a presence penalty': { prompt: 'the ', presence_penalty: 2 },
  'a frequency penalty': { prompt: 'the ', frequency_penalty: 1.5 },
  'a negative penalty': { prompt: 'the ', frequency_penalty: -1 },
  'a forced token': { prompt: 'the ', logit_bias: { 5: 100 } },
  'a forbidden token': { prompt: 'the ', max_tokens: 200, logit_bias: { 3: -100 } },
  'the seed 0': { prompt: 'the ', seed: 0 },
  'a negative seed': { prompt: 'the ', seed: -5 },
  'a seed of 33 bits': { prompt: 'the ', seed: 2 ** 32 + 1 },
  'a user': { prompt: 'the ', user: 'somebody' },
  'bytes': { model: 'lstm-bytes', prompt: 'é 🙂', max_tokens: 200, temperature: 1.4 },
  'words': { model: 'gru-words', prompt: 'the ', max_tokens: 20 },
  'probabilities of the chosen tokens': { prompt: 'the ', logprobs: 0 },
  'probabilities of the likeliest tokens': { prompt: 'the ', logprobs: 5 },
  'probabilities of bytes': { model: 'lstm-bytes', prompt: 'é', logprobs: 5, max_tokens: 100, temperature: 1.4 },
  'several texts': { prompt: 'the ', n: 3 },
  'several prompts': { prompt: ['the ', '', 'a miller '] },
  'several texts of several prompts': { prompt: ['the ', 'a '], n: 2, stop: ['e'], max_tokens: 100 },
  'the best of several': { prompt: 'the ', n: 2, best_of: 5 },
  'token ids': { prompt: [4, 7, 2] },
  'several prompts of token ids': { prompt: [[4, 7, 2], [5]] },
  'an echo': { prompt: 'the miller ', echo: true },
  'a prompt that is scored': { prompt: 'the miller', echo: true, logprobs: 1, max_tokens: 0 },
  'the likeliest of few': { prompt: 'the ', top_k: 3 },
  'the likely enough': { prompt: 'the ', min_p: 0.2 },
  'a repetition penalty': { prompt: 'the ', temperature: 0, repetition_penalty: 1.5 },
  'the ids of tokens': { prompt: 'the ', return_token_ids: true },
  'pieces of one token': { prompt: 'the ', stream_interval_ms: 0 },
};

const chats = {
  'a message': [{ role: 'user', content: 'the miller ' }],
  'a message and what came before': [
    { role: 'system', content: 'one ' },
    { role: 'user', content: 'two ' },
    { role: 'assistant', content: 'three ' },
    { role: 'user', content: 'the ' },
  ],
};

const errors = {
  'a model that is not there': [{ model: 'other', prompt: 'a' }, 404, 'There is no model "other"'],
  'a temperature out of range': [{ prompt: 'a', temperature: -1 }, 400, 'temperature is -1 and must be'],
  'more tokens than there may be': [{ prompt: 'a', max_tokens: 1e9 }, 400, 'max_tokens is 1000000000 and must be'],
};

/** All that comes, once it has come; Array.fromAsync is newer than some that are to run this. */
async function collect(source) {
  const items = [];
  for await (const item of source) items.push(item);
  return items;
}

// What a plain request is answered.

async function post(path, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function answer(path, body) {
  const response = await post(path, body);
  assert.equal(response.status, 200);
  return await response.json();
}

/** The texts of an answer, in their order, with what else clients tell of it. */
function outcome({ choices, usage }) {
  return {
    texts: choices.map(choice => choice.text ?? choice.message.content),
    reasons: choices.map(choice => choice.finish_reason),
    tokens: [usage.prompt_tokens, usage.completion_tokens],
    logprobs: choices.map(choice => choice.logprobs),
    ids: choices.map(choice => choice.token_ids),
  };
}

/** Puts the pieces of a stream together, as the whole answer. */
function gather(chunks) {
  const choices = [];
  let usage;
  for (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    for (const piece of chunk.choices) {
      const choice = (choices[piece.index] ??= { text: '', logprobs: null });
      assert.equal(choice.finish_reason ?? null, null, 'Something comes behind the end.');
      choice.text += piece.text ?? piece.delta.content ?? '';
      choice.finish_reason = piece.finish_reason;
      if (piece.token_ids) choice.token_ids = [...(choice.token_ids ?? []), ...piece.token_ids];
      if (piece.logprobs && choice.logprobs) {
        for (const [name, part] of Object.entries(piece.logprobs)) {
          if (Array.isArray(part)) choice.logprobs[name].push(...part);
        }
      } else {
        choice.logprobs ??= piece.logprobs;
      }
    }
  }
  return outcome({ choices, usage });
}

// The clients. Each tells what it can ask, and asks it whole or in pieces; what it does not tell of an answer it leaves
// out. `as` is the request that it makes of a body, where it makes another.

const withUsage = body => ({ ...body, stream: true, stream_options: { include_usage: true } });
const official = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
const isPlain = body => typeof body.prompt === 'string' && !body.n;

const viaOpenAI = {
  can: () => true,
  canStream: body => !body.best_of,
  whole: async body => outcome(await official.completions.create(body)),
  pieces: async body => gather(await collect(await official.completions.create(withUsage(body)))),
  chat: async body => outcome(await official.chat.completions.create(body)),
  chatPieces: async body => gather(await collect(await official.chat.completions.create(withUsage(body)))),
  status: error => error.status,
};

const viaFetch = {
  can: () => true,
  canStream: body => !body.best_of,
  whole: async body => outcome(await answer('/v1/completions', body)),
  pieces: async body => gather(await events('/v1/completions', withUsage(body))),
  chat: async body => outcome(await answer('/v1/chat/completions', body)),
  chatPieces: async body => gather(await events('/v1/chat/completions', withUsage(body))),
};

async function events(path, body) {
  const response = await post(path, body);
  const parser = new EventSourceParserStream();
  const data = await collect(
    response.body.pipeThrough(new TextDecoderStream('utf-8', { fatal: true })).pipeThrough(parser),
  );
  assert.equal(data.at(-1).data, '[DONE]');
  return data.slice(0, -1).map(event => JSON.parse(event.data));
}

function langChain(Model, { model, max_tokens, temperature, top_p, n, best_of, stop, user, ...others }) {
  const { presence_penalty, frequency_penalty, logit_bias, prompt, messages, ...modelKwargs } = others;
  return new Model({
    model,
    maxTokens: max_tokens,
    temperature,
    topP: top_p,
    n,
    bestOf: best_of,
    stop,
    user,
    presencePenalty: presence_penalty,
    frequencyPenalty: frequency_penalty,
    logitBias: logit_bias,
    modelKwargs,
    apiKey: key,
    maxRetries: 0,
    configuration: { baseURL },
  });
}

const viaLangChain = {
  can: ({ prompt }) => [prompt].flat().every(one => typeof one === 'string'),
  canStream: isPlain,
  async whole(body) {
    const result = await langChain(LangChain, body).generate([body.prompt].flat());
    const generations = result.generations.flat();
    const { promptTokens, completionTokens } = result.llmOutput.tokenUsage;
    return {
      texts: generations.map(one => one.text),
      reasons: generations.map(one => one.generationInfo.finishReason),
      tokens: [promptTokens ?? 0, completionTokens ?? 0], // it leaves out what is 0
    };
  },
  async pieces(body) {
    return { texts: [(await collect(await langChain(LangChain, body).stream(body.prompt))).join('')] };
  },
  chat: async body => ({ texts: [(await langChain(ChatOpenAI, body).invoke(body.messages)).content] }),
  async chatPieces(body) {
    const chunks = await collect(await langChain(ChatOpenAI, body).stream(body.messages));
    return { texts: [chunks.map(chunk => chunk.content).join('')] };
  },
  status: error => error.status ?? error.cause?.status,
};

/** The AI SDK, which makes a chat of a prompt and a prompt of a chat. */
function viaAiSdk(name, textModel, chatModel) {
  const known = ['model', 'prompt', 'max_tokens', 'temperature', 'top_p', 'stop', 'seed', 'user', 'logit_bias',
    'presence_penalty', 'frequency_penalty'];
  const settings = (body, model) => ({
    model: model(body.model),
    maxOutputTokens: body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
    stopSequences: body.stop,
    seed: body.seed,
    providerOptions: { [name]: { user: body.user, logitBias: body.logit_bias } },
    maxRetries: 0,
  });
  const texts = ({ text, finishReason, usage }) => ({
    texts: [text],
    reasons: [finishReason],
    tokens: usage.inputTokens === undefined ? undefined : [usage.inputTokens, usage.outputTokens],
  });
  const whole = async asked => texts(await generateText(asked));
  const pieces = async asked => {
    let error;
    const result = streamText({ ...asked, onError: event => (error = event.error) });
    const text = (await collect(result.textStream)).join('');
    if (error) throw error;
    return texts({ text, finishReason: await result.finishReason, usage: await result.usage });
  };
  return {
    can: body => isPlain(body) && body.prompt !== '' && Object.keys(body).every(field => known.includes(field)),
    canStream: () => true,
    as: body => ({
      ...body,
      prompt: `user:\n${body.prompt}\n\nassistant:\n`,
      stop: [...(body.stop ?? []), '\nuser:'],
    }),
    whole: body => whole({ ...settings(body, textModel), prompt: body.prompt }),
    pieces: body => pieces({ ...settings(body, textModel), prompt: body.prompt }),
    chat: body => whole({ ...settings(body, chatModel), messages: body.messages, allowSystemInMessages: true }),
    chatPieces: body => pieces({ ...settings(body, chatModel), messages: body.messages, allowSystemInMessages: true }),
    status: error => error.statusCode,
  };
}

const sdk = createOpenAI({ baseURL, apiKey: key });
const compatible = createOpenAICompatible({ name: 'recurrent', baseURL, apiKey: key, includeUsage: true });
const clients = {
  'openai': viaOpenAI,
  'fetch and eventsource-parser': viaFetch,
  'LangChain': viaLangChain,
  'AI SDK openai': viaAiSdk('openai', model => sdk.completion(model), model => sdk.chat(model)),
  'AI SDK openai-compatible': viaAiSdk(
    'recurrent',
    model => compatible.completionModel(model),
    model => compatible.chatModel(model),
  ),
};

// The cases.

let [passed, failed] = [0, 0];

async function check(client, name, run) {
  try {
    await run();
    passed++;
    console.log(`ok      ${client}: ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok  ${client}: ${name}: ${error.stack ?? error}`);
  }
}

/** Compares what a client tells with what a plain request is answered. */
function assertSame(told, expected) {
  for (const [part, value] of Object.entries(told)) {
    if (value !== undefined) assert.deepEqual(value, expected[part], part);
  }
}

for (const [name, client] of Object.entries(clients)) {
  for (const [title, fields] of Object.entries(completions)) {
    const body = { ...usual, ...fields };
    if (!client.can(body)) continue;
    const expected = outcome(await answer('/v1/completions', client.as?.(body) ?? body));
    await check(name, title, async () => assertSame(await client.whole(body), expected));
    if (client.canStream(body)) {
      await check(name, `${title}, streamed`, async () => assertSame(await client.pieces(body), expected));
    }
  }
  for (const [title, messages] of Object.entries(chats)) {
    const body = { ...usual, messages, stop: ['. '], max_tokens: 100 };
    const expected = outcome(await answer('/v1/chat/completions', body));
    await check(name, `${title} of a chat`, async () => assertSame(await client.chat(body), expected));
    await check(name, `${title} of a chat, streamed`, async () => assertSame(await client.chatPieces(body), expected));
  }
  if (!client.status) continue;
  for (const [title, [fields, status, message]] of Object.entries(errors)) {
    for (const way of ['whole', 'pieces']) {
      await check(name, `${title}, ${way}`, () =>
        assert.rejects(client[way]({ ...usual, ...fields }), error => {
          assert.equal(client.status(error), status);
          assert.ok(error.message.includes(message), error.message);
          return true;
        }));
    }
  }
}

await check('openai', 'the models', async () => {
  const models = await collect(official.models.list());
  assert.deepEqual(models.map(model => model.id), ['gru', 'lstm-bytes', 'gru-words']);
  assert.deepEqual(await official.models.retrieve('gru'), models[0]);
  await assert.rejects(official.models.retrieve('../../etc/passwd'), { status: 404, code: 'model_not_found' });
});

await check('openai', 'a wrong key', () =>
  assert.rejects(new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 }).models.list(), {
    status: 401,
    code: 'invalid_api_key',
    type: 'authentication_error',
  }));

await check('openai', 'the field that is wrong', () =>
  assert.rejects(official.completions.create({ ...usual, prompt: [-1] }), {
    status: 400,
    type: 'invalid_request_error',
    param: 'prompt',
    code: null,
  }));

await check('openai', 'a reader that leaves', async () => {
  for await (const _ of await official.completions.create({ ...usual, max_tokens: 100_000, stream: true })) break;
  for (let i = 0; ; i++) {
    const metrics = await (await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
    if (metrics.includes('recurrent_rows_running{model="gru"} 0')) return;
    assert.ok(i < 100, 'The text is still written.');
    await new Promise(resolve => setTimeout(resolve, 20));
  }
});

await check('openai', 'the name of a request', async () => {
  const { request_id } = await official.completions
    .create({ ...usual, prompt: '' }, { headers: { 'x-request-id': 'mine-1' } })
    .withResponse();
  assert.equal(request_id, 'mine-1');
});

await check('openai', 'no seed', async () => {
  const { seed, ...others } = { ...usual, prompt: '' };
  const one = await official.completions.create(others);
  assert.equal((await official.completions.create({ ...others, seed: one.seed })).choices[0].text, one.choices[0].text);
});

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
