using Recurrent.Decoding;
using Recurrent.Server.Engines;
using Recurrent.Text;

namespace Recurrent.Server.Contract;

/// <summary>Reads what is ahead of a text, or a prompt behind it, and keeps the way there.</summary>
internal sealed class ReadingJob : EngineJob
{
    /// <summary>Makes the row.</summary>
    /// <param name="from">The text; null for a new one.</param>
    /// <param name="prompt">What to read behind it.</param>
    public ReadingJob(StreamState? from, Prompt prompt)
        : base(1) => Rows = [new Row(this) { State = from, Prompt = prompt }];

    /// <summary>Its only row.</summary>
    public IReadOnlyList<EngineRow> Rows { get; }

    /// <summary>The text with all of it behind, once it has ended.</summary>
    public StreamState? Result { get; private set; }

    private sealed class Row(ReadingJob job) : EngineRow(job, s_options)
    {
        private static readonly StreamOptions s_options = new()
        {
            Length = 0,
            Sampling = SamplingOptions.Greedy,
            CanRewind = true,
        };

        public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits) { }

        public override IEnumerable<EngineRow> Follow(StreamBatch batch, TextStream stream)
        {
            ((ReadingJob)Job).Result = batch.Save(stream);
            Job.EndOne();
            return [];
        }
    }
}
