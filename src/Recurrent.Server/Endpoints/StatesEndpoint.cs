using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;
using Recurrent.Server.Telemetry;

namespace Recurrent.Server.Endpoints;

/// <summary><c>POST /v1/states</c>: the hidden state of a layer after each token of a text.</summary>
internal static class StatesEndpoint
{
    private const int MaxValues = 1 << 22;
    private const int MaxAtOnce = 4; // requests, each of which holds all its values

    private static readonly SemaphoreSlim s_places = new(MaxAtOnce);

    /// <summary>Answers a request.</summary>
    public static async Task RunAsync(HttpContext context, ServerState server)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Ending);
        using var body = await RequestBody.ReadAsync(context.Request, either.Token).ConfigureAwait(false);
        var request = Request.Read(body, server.Models);
        await s_places.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            var job = new Job(request);
            var record = RequestRecord.Of(context);
            record.Begin(request.Model, job);
            await ServerState
                .WithRowsAsync(request.Model, job, [job.Row], () => job.Finished.WaitAsync(either.Token))
                .ConfigureAwait(false);
            server.Metrics.Scored(request.Model, request.Tokens.Length);
            record.IsAnswered = true;
            await WriteAsync(context, request, job.Row.Values).ConfigureAwait(false);
        }
        finally
        {
            s_places.Release();
        }
    }

    private static Task WriteAsync(HttpContext context, Request request, float[] values) =>
        Answer.JsonAsync(
            context,
            json =>
            {
                json.WriteString("object", "states");
                json.WriteString("model", request.Model.Name);
                json.WriteString("system_fingerprint", request.Model.Fingerprint);
                json.WriteNumber("layer", request.Layer);
                json.WriteNumber("layers", request.Model.Trained.Model.Configuration.Layers);
                json.WriteNumber("hidden", request.Units);
                json.WriteStartArray("tokens");
                foreach (var token in request.Tokens.Span)
                {
                    json.WriteStringValue(request.Model.Spellings[token]);
                }
                json.WriteEndArray();
                json.WriteStartArray("text_offset");
                foreach (var offset in PromptRow.Offsets(request.Prompt, request.Model))
                {
                    json.WriteNumberValue(offset);
                }
                json.WriteEndArray();
                WriteValues(json, request, values);
                Answer.WriteUsage(json, request.Tokens.Length);
            }
        );

    private static void WriteValues(Utf8JsonWriter json, Request request, float[] values)
    {
        if (request.IsBase64)
        {
            json.WriteBase64String("values", MemoryMarshal.AsBytes<float>(values)); // little-endian, as .NET's machines
            return;
        }
        json.WriteStartArray("values");
        foreach (var vector in values.Chunk(request.Units))
        {
            json.WriteStartArray();
            foreach (var value in vector)
            {
                json.WriteNumberValue(value);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private sealed record Request(ServedModel Model, RequestedPrompt Prompt, int Layer, bool IsBase64)
    {
        public ReadOnlyMemory<int> Tokens => Prompt.Tokens.Tokens;

        public int Units => Model.Trained.Model.Configuration.HiddenSize;

        public static Request Read(RequestBody body, IReadOnlyList<ServedModel> models)
        {
            const string Encoding = "encoding_format";
            var model = CompletionRequest.ModelOf(body, models);
            var text = body.Text("prompt") ?? "";
            var top = model.Trained.Model.Configuration.Layers - 1;
            var request = new Request(
                model,
                new RequestedPrompt(text, model.Codec.EncodePrompt(text)),
                body.Whole("layer", Within.From(0, top), top),
                body.Text(Encoding) switch
                {
                    null or "float" => false,
                    "base64" => true,
                    _ => throw RequestBody.Wrong(Encoding, body.Find(Encoding)!.Value, "float or base64"),
                }
            );
            var (tokens, most) = (request.Tokens.Length, MaxValues / request.Units);
            return tokens == 0 ? throw ApiException.Wrong("prompt", "prompt is missing or empty; send a text.")
                : tokens > most
                    ? throw ApiException.Wrong(
                        "prompt",
                        $"prompt has {tokens} tokens and may have {most}, because the model has {request.Units} units; "
                            + "send a part of it."
                    )
                : request;
        }
    }

    private sealed class Job : EngineJob
    {
        public Job(Request request)
            : base(rows: 1) => (Row, PromptTokens) = (new StateRow(this, request), request.Tokens.Length);

        public StateRow Row { get; }

        public override long PromptTokens { get; }
    }

    /// <summary>A text with the state after each token; the last is read because one more is asked for.</summary>
    private sealed class StateRow : EngineRow
    {
        private static readonly StreamOptions s_options = new() { Length = 1, Sampling = SamplingOptions.Greedy };

        private readonly Request _request;
        private int _read; // tokens

        public StateRow(EngineJob job, Request request)
            : base(job, s_options)
        {
            _request = request;
            Prompt = request.Prompt.Tokens;
            Values = new float[request.Tokens.Length * request.Units];
        }

        /// <summary>The states (tokens, units).</summary>
        public float[] Values { get; }

        public override bool Watches => true;

        public override void Pass(StreamBatch batch, TextStream stream)
        {
            batch.ReadHidden(stream, _request.Layer, Values.AsSpan(_read * _request.Units, _request.Units));
            _read++;
        }

        public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits)
        {
            if (happened.End is not null)
            {
                Job.EndOne();
            }
        }
    }
}
