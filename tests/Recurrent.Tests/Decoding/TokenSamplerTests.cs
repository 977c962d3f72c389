using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Kernels.Portable;
using Recurrent.Randomness;

namespace Recurrent.Tests.Decoding;

public sealed class TokenSamplerTests
{
    private static readonly float[] s_logits = [0.5f, -1f, 2f, 1.25f, -3f, 0f]; // (6)

    private static FsCheck.Gen<(int Size, int K, int Seed)> Cases =>
        from size in Gen.Choose(1, 40)
        from k in Gen.Choose(1, 45)
        from seed in Gen.Choose(0, 100_000)
        select (size, k, seed);

    [Fact]
    public void Without_chance_the_first_of_the_highest_is_chosen_wherever_it_is()
    {
        var greedy = new SamplingOptions { Temperature = 0 };
        for (var vocabulary = 1; vocabulary < 70; vocabulary++)
        {
            for (var seed = 0; seed < 20; seed++)
            {
                var random = new RandomStream(seed, (ulong)vocabulary);
                // Few values, so that many are equal.
                float[] logits = [.. Enumerable.Range(0, vocabulary).Select(i => MathF.Round(random.Normal((ulong)i)))];
                Assert.Equal(Array.IndexOf(logits, logits.Max()), new TokenSampler(greedy, vocabulary).Next(logits));
            }
        }
    }

    [Fact]
    public void Draws_as_often_as_the_softmax_says()
    {
        foreach (var temperature in (double[])[0.5, 1, 2])
        {
            var expected = Softmax(s_logits, temperature);
            var counts = Count(new SamplingOptions { Temperature = temperature }, s_logits, 20_000);
            var chiSquare = expected.Zip(counts, (p, n) => Math.Pow(n - (20_000 * p), 2) / (20_000 * p)).Sum();
            Assert.InRange(chiSquare, 0, 20.5); // five degrees of freedom: the 99.9th percentile
        }
    }

    [Fact]
    public void The_books_exponent_is_one_over_the_temperature()
    {
        Assert.Equal(0.25, new SamplingOptions { Exponent = 4 }.Temperature);
        Assert.Equal(4, new SamplingOptions { Temperature = 0.25 }.Exponent);
        Assert.Equal(
            Count(new SamplingOptions { Temperature = 0.25 }, s_logits, 100),
            Count(new SamplingOptions { Exponent = 4 }, s_logits, 100)
        );
    }

    [Fact]
    public void Top_k_draws_from_the_k_most_likely() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var logits = Logits(c.Size, c.Seed);
                var options = new SamplingOptions
                {
                    TopK = c.K,
                    Temperature = 100,
                    Seed = c.Seed,
                };
                var drawn = Draws(options, logits, 200).Distinct().ToList();
                var likely = Ranked(logits).Take(c.K).ToHashSet();
                Assert.Subset(likely, drawn.ToHashSet());
                Assert.True(c.K > 3 || drawn.Count == likely.Count, "Not every one of a few is ever drawn.");
            }
        );

    [Fact]
    public void Top_p_draws_from_the_fewest_that_have_its_share() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var logits = Logits(c.Size, c.Seed);
                var p = c.K / 46.0;
                var (kept, mass) = (new HashSet<int>(), 0.0);
                var probabilities = Softmax(logits, 1);
                foreach (var token in Ranked(logits).TakeWhile(_ => mass < p))
                {
                    mass += probabilities[token];
                    kept.Add(token);
                }
                var options = new SamplingOptions { TopP = p, Seed = c.Seed };
                Assert.Subset(kept, Draws(options, logits, 100).ToHashSet());
            }
        );

    [Fact]
    public void Min_p_draws_from_those_that_have_its_share_of_the_likeliest() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var logits = Logits(c.Size, c.Seed);
                var share = (c.K - 1) / 44.0; // from all to none but the likeliest
                var probabilities = Softmax(logits, 2);
                var least = share * probabilities.Max();
                var kept = Enumerable.Range(0, c.Size).Where(token => probabilities[token] >= least * (1 - 1e-12));
                var options = new SamplingOptions
                {
                    MinP = share,
                    Temperature = 2,
                    Seed = c.Seed,
                };
                var drawn = Draws(options, logits, 300).ToHashSet();
                Assert.Subset(kept.ToHashSet(), drawn);
                var often = Enumerable.Range(0, c.Size).Where(token => probabilities[token] >= Math.Max(least, 0.1));
                Assert.Superset(often.ToHashSet(), drawn);
                // A share that keeps as many as a top-k does makes the same draws.
                var likeliest = options with
                {
                    MinP = 0,
                    TopK = kept.Count(),
                };
                Assert.Equal(Draws(likeliest, logits, 40), Draws(options with { TopK = c.Size }, logits, 40));
            }
        );

    [Fact]
    public void Min_p_keeps_the_likeliest_where_no_other_has_its_share()
    {
        var options = new SamplingOptions { MinP = 1, Temperature = 100 };
        Assert.Equal([2], Draws(options, s_logits, 50).Distinct());
        Assert.Equal([1, 2], Draws(options, [0, 3, 3], 50).Distinct().Order());
        // What is kept of the two likeliest is kept of what has half of the best's probability, too.
        var both = new SamplingOptions
        {
            TopK = 2,
            TopP = 0.9,
            MinP = 0.6,
        };
        Assert.Equal([2], Draws(both, s_logits, 50).Distinct());
    }

    [Fact]
    public void A_temperature_near_0_is_greedy() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var logits = Logits(c.Size, c.Seed);
                var best = Ranked(logits)[0];
                foreach (var temperature in (double[])[0, 1e-320, 1e-9])
                {
                    var options = new SamplingOptions { Temperature = temperature, Seed = c.Seed };
                    Assert.All(Draws(options, logits, 5), token => Assert.Equal(best, token));
                }
            }
        );

    [Fact]
    public void Of_equally_likely_tokens_the_first_is_taken()
    {
        float[] logits = [0, 3, 3, 3];
        Assert.Equal(1, new TokenSampler(SamplingOptions.Greedy, 4).Next(logits));
        Assert.Equal([1, 2], Draws(new SamplingOptions { TopK = 2 }, logits, 50).Distinct().Order());
    }

    [Fact]
    public void A_penalty_divides_positive_and_multiplies_negative_logits()
    {
        var options = new SamplingOptions { Temperature = 0, RepetitionPenalty = 2 };
        // 4/2 = 2 is below 3; then 3/2 = 1.5 is below 2; then 4 is still the likeliest.
        Assert.Equal([0, 1, 0, 0], Draws(options, [4, 3, 1], 4));
        // −1·2 is below −1.5, and −1.5·2 below −2.
        Assert.Equal([0, 1, 0], Draws(options, [-1, -1.5f, -9], 3));
    }

    [Fact]
    public void A_penalty_forgets_what_is_far_back()
    {
        var options = new SamplingOptions { Temperature = 0, RepetitionPenalty = 2 };
        var sampler = new TokenSampler(options, 3);
        sampler.Observe(0);
        for (var i = 1; i < SamplingOptions.RepetitionWindow; i++)
        {
            sampler.Observe(2);
        }
        float[] logits = [4, 3, 0];
        Assert.Equal(1, sampler.Next(logits)); // which moves token 0 out of sight
        Assert.Equal(0, sampler.Next(logits));
    }

    [Fact]
    public void A_bias_is_added_and_a_token_of_it_can_be_forbidden()
    {
        var options = SamplingOptions.Greedy with
        {
            LogitBias = new Dictionary<int, double> { [0] = -100, [2] = 1 },
        };
        Assert.Equal([1], Draws(options, [9, 3, 1.5f], 1));
        Assert.Equal([2], Draws(options, [9, 3, 2.5f], 1));
    }

    [Fact]
    public void Presence_is_punished_once_and_frequency_each_time()
    {
        float[] logits = [4, 3.2f, 2];
        var presence = SamplingOptions.Greedy with { PresencePenalty = 1 };
        Assert.Equal([0, 1, 0, 0, 0], Draws(presence, logits, 5)); // 4 is 3 then, and 3.2 is 2.2
        var frequency = SamplingOptions.Greedy with { FrequencyPenalty = 1 };
        Assert.Equal([0, 1, 0, 1, 0, 2], Draws(frequency, [4, 3.2f, 1.9f], 6));
        var rewarded = SamplingOptions.Greedy with { PresencePenalty = -1 };
        Assert.Equal([0, 0], Draws(rewarded, logits, 2));
    }

    [Fact]
    public void Tokens_of_a_prompt_are_not_counted_by_the_presence_penalty()
    {
        var sampler = new TokenSampler(SamplingOptions.Greedy with { PresencePenalty = 2 }, 3);
        sampler.Observe(0);
        Assert.Equal(0, sampler.Next([4, 3, 2]));
        Assert.Equal(1, sampler.Next([4, 3, 2]));
    }

    [Fact]
    public void A_negative_seed_is_the_unsigned_one_of_the_same_bits()
    {
        Assert.Equal((uint)Philox.Block(new UInt128(3, 5), ulong.MaxValue), new RandomStream(-1, 3).UInt32(5));
        var random = new RandomStream(-1, 3).Fork(0);
        var sampler = new TokenSampler(new SamplingOptions { Seed = -1 }, 2);
        for (ulong i = 0; i < 20; i++)
        {
            Assert.Equal(random.Uniform(i) < 0.5 ? 0 : 1, sampler.Next([1, 1]));
        }
    }

    [Fact]
    public void Samples_and_seeds_differ_and_are_the_same_each_time()
    {
        var options = new SamplingOptions { Seed = 9 };
        var first = Draws(options, s_logits, 40, sample: 0);
        Assert.Equal(first, Draws(options, s_logits, 40, sample: 0));
        Assert.NotEqual(first, Draws(options, s_logits, 40, sample: 1));
        Assert.NotEqual(first, Draws(options with { Seed = 10 }, s_logits, 40, sample: 0));
    }

    [Fact]
    public void Draws_stay_what_they_are() =>
        Assert.Equal(
            [GoldenDraws],
            [
                string.Join(
                    ' ',
                    Draws(
                        new SamplingOptions
                        {
                            Temperature = 1,
                            TopK = 5,
                            TopP = 0.99,
                            RepetitionPenalty = 1.1,
                        },
                        s_logits,
                        24
                    )
                ),
            ]
        );

    private const string GoldenDraws = "2 5 2 0 5 2 2 2 2 2 2 2 2 3 3 2 2 0 3 0 2 2 2 3";

    [Fact]
    public void Refuses_wrong_options_and_arguments()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Exponent = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopK = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { MinP = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { MinP = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { RepetitionPenalty = 0.9 });
        Assert.Throws<ArgumentException>(() => new SamplingOptions { StopStrings = ["a", ""] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { PresencePenalty = 2.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { FrequencyPenalty = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => Biased(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Biased(0, 101));
        Assert.Contains(
            "token 3 and the vocabulary's go to 2",
            Assert.Throws<ArgumentException>(() => new TokenSampler(Biased(3, 1), 3)).Message
        );
        Assert.Throws<ArgumentException>(() => new TokenSampler(SamplingOptions.Greedy, 3).Next(s_logits));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(SamplingOptions.Greedy, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(SamplingOptions.Greedy, 1, -1));
    }

    private static SamplingOptions Biased(int token, double bias) =>
        new() { LogitBias = new Dictionary<int, double> { [token] = bias } };

    private static int[] Draws(SamplingOptions options, float[] logits, int count, int sample = 0)
    {
        var sampler = new TokenSampler(options, logits.Length, sample);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Next(logits))];
    }

    private static int[] Count(SamplingOptions options, float[] logits, int count)
    {
        var counts = new int[logits.Length];
        Array.ForEach(Draws(options, logits, count), token => counts[token]++);
        return counts;
    }

    private static float[] Logits(int size, int seed) =>
        [.. Enumerable.Range(0, size).Select(i => 3 * new RandomStream(seed, 5).Normal((ulong)i))];

    private static int[] Ranked(float[] logits) =>
        [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token])];

    private static double[] Softmax(float[] logits, double temperature)
    {
        var powers = Array.ConvertAll(logits, logit => Math.Exp(logit / temperature));
        return Array.ConvertAll(powers, power => power / powers.Sum());
    }
}
