using BenchmarkDotNet.Attributes;
using Recurrent.Decoding;
using Recurrent.Randomness;

namespace Recurrent.Benchmarks.Decoding;

/// <summary>
/// The choice of one token from logits of the size of a character vocabulary and of a word vocabulary.
/// </summary>
public class SamplerBenchmarks
{
    private TokenSampler _sampler = null!;
    private float[] _logits = [];

    [Params(97, 5000)]
    public int Vocabulary { get; set; }

    [Params("greedy", "temperature", "top-p", "top-k", "penalties")]
    public string Way { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        var random = new RandomStream(Seed: 1, Stream: 0);
        _logits = [.. Enumerable.Range(0, Vocabulary).Select(i => 3 * random.Normal((ulong)i))];
        var byChance = new SamplingOptions { Temperature = 0.8 };
        var options = Way switch
        {
            "greedy" => SamplingOptions.Greedy,
            "top-p" => byChance with { TopP = 0.95 },
            "top-k" => byChance with { TopK = 40 },
            "penalties" => byChance with { RepetitionPenalty = 1.1, FrequencyPenalty = 0.2 },
            _ => byChance,
        };
        _sampler = new TokenSampler(options, Vocabulary);
    }

    [Benchmark]
    public int Token() => _sampler.Next(_logits);
}
