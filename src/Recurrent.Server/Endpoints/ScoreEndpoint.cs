using Microsoft.AspNetCore.Http;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;
using Recurrent.Server.Telemetry;
using Recurrent.Text;

namespace Recurrent.Server.Endpoints;

/// <summary><c>POST /v1/score</c>: how surprising lines are, in the bits of <c>recurrent score</c>.</summary>
internal static class ScoreEndpoint
{
    /// <summary>Answers a request.</summary>
    public static async Task RunAsync(HttpContext context, ServerState server)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Ending);
        using var body = await RequestBody.ReadAsync(context.Request, either.Token).ConfigureAwait(false);
        var model = CompletionRequest.ModelOf(body, server.Models);
        var lines = body.Texts("lines");
        if (lines.Count == 0)
        {
            throw ApiException.Wrong("lines", "lines is missing or empty; send the lines to score.");
        }
        if (lines.Count > server.Limits.MaxTexts)
        {
            throw ApiException.Wrong(
                "lines",
                $"lines has {lines.Count} lines and may have {server.Limits.MaxTexts}; send several requests."
            );
        }
        var job = new Job(lines, model.Codec);
        var record = RequestRecord.Of(context);
        record.Begin(model, job);
        await ServerState
            .WithRowsAsync(model, job, job.Rows, () => job.Finished.WaitAsync(either.Token))
            .ConfigureAwait(false);
        server.Metrics.Scored(model, job.PromptTokens);
        record.IsAnswered = true;
        await WriteAsync(context, model, job).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext context, ServedModel model, Job job) =>
        Answer.JsonAsync(
            context,
            json =>
            {
                json.WriteString("object", "list");
                json.WriteString("model", model.Name);
                json.WriteString("system_fingerprint", model.Fingerprint);
                json.WriteStartArray("data");
                foreach (var (index, score) in job.Scores.Index())
                {
                    json.WriteStartObject();
                    json.WriteNumber("index", index);
                    json.WriteNumber("characters", score.Characters);
                    json.WriteNumber("unknown", score.Unknown);
                    json.WriteNumber("bits", score.Bits);
                    json.WriteNumber("bits_per_character", score.BitsPerCharacter);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                Answer.WriteUsage(json, job.PromptTokens);
            }
        );

    private sealed class Job : EngineJob
    {
        private readonly IReadOnlyList<Line> _lines;

        public Job(IReadOnlyList<string> lines, TextCodec codec)
            : base(lines.Count) => _lines = [.. lines.Select(line => new Line(this, line, codec))];

        public IReadOnlyList<EngineRow> Rows => _lines;

        public override long PromptTokens => _lines.Sum(line => line.Text.Length);

        public IEnumerable<LineScore> Scores => _lines.Select(line => line.Score);
    }

    private sealed class Line : EngineRow
    {
        private readonly string _line;
        private double _bits;

        public Line(Job job, string line, TextCodec codec)
            : base(job, LineScorer.Options)
        {
            (_line, Text) = (line, MeasuredText.FromText(line, codec));
            Prompt = LineScorer.PromptOf(Text, codec.TokenBeforeMeasured);
        }

        public MeasuredText Text { get; }

        public LineScore Score => LineScorer.ScoreOf(_line, Text, _bits);

        public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits)
        {
            if (happened.Token is { } token)
            {
                _bits += Surprisal.OfToken(logits, token);
            }
            if (happened.End is not null)
            {
                Job.EndOne();
            }
        }
    }
}
