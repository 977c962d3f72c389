using System.Text.Json.Nodes;
using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Server.Sessions;
using Recurrent.Server.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Server.Tests;

/// <summary>Prompts that begin like others are not read again, and nothing else shows it.</summary>
public sealed class PrefixCacheTests
{
    private static readonly string s_text = string.Concat(
        Enumerable.Range(0, 60).Select(i => $"{(i % 3 == 0 ? "the miller " : "née 漢 ")}{i * i} sang a song ")
    );

    private static readonly ServerOptions s_off = new() { PrefixCache = 0 };

    [Theory]
    [InlineData("characters")]
    [InlineData("bytes")]
    [InlineData("words")]
    public async Task On_or_off_it_changes_no_byte(string tokens)
    {
        await using var on = await TestServer.StartAsync(new ServerOptions(), [TinyModel.Of(tokens)]);
        await using var off = await TestServer.StartAsync(s_off, [TinyModel.Of(tokens)]);
        var lengths = Gen.Elements(0, 1, 63, 64, 65, 127, 128, 129, 192, 500, 1000);
        var requests =
            from start in Gen.Elements(0, 17)
            from length in lengths
            from end in Gen.Elements("", " ", "x", " the ")
            from samples in Gen.Choose(1, 3)
            from temperature in Gen.Elements(0, 0.9)
            from penalty in Gen.Elements(0, 0.7)
            from logProbs in Gen.Elements(-1, 0, 2)
            from echo in Gen.Elements(true, false)
            select new JsonObject
            {
                ["prompt"] = string.Concat(s_text.AsSpan(start, length), end),
                ["n"] = samples,
                ["max_tokens"] = 20,
                ["temperature"] = temperature,
                ["frequency_penalty"] = penalty,
                ["repetition_penalty"] = 1 + penalty,
                ["logprobs"] = logProbs < 0 ? null : logProbs,
                ["echo"] = echo,
                ["seed"] = 5,
            };
        var cached = 0;
        Laws.Hold(
            requests,
            request =>
            {
                var (with, without) = (Wait(on.CompleteAsync(request)), Wait(off.CompleteAsync(request)));
                Assert.Equal(without["choices"]!.ToJsonString(), with["choices"]!.ToJsonString());
                cached += (int?)with["usage"]!["prompt_tokens_details"]?["cached_tokens"] ?? 0;
                Assert.Null(without["usage"]!["prompt_tokens_details"]);
            }
        );
        Assert.True(cached > 1000, $"Only {cached} tokens were found.");
    }

    [Fact]
    public async Task Every_64th_token_is_a_place_to_go_on_from()
    {
        await using var server = await TestServer.StartAsync("gru");
        async Task<int> CachedAsync(string prompt)
        {
            var answer = await server.CompleteAsync(new() { ["prompt"] = prompt, ["max_tokens"] = 1 });
            return (int?)answer["usage"]!["prompt_tokens_details"]?["cached_tokens"] ?? 0;
        }
        var prompt = new string('a', 150);
        Assert.Equal(0, await CachedAsync(prompt));
        Assert.Equal(128, await CachedAsync(prompt));
        Assert.Equal(128, await CachedAsync(prompt[..128]));
        Assert.Equal(64, await CachedAsync(prompt[..127]));
        Assert.Equal(64, await CachedAsync(prompt[..100] + "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"));
        Assert.Equal(0, await CachedAsync("b" + prompt));
        var metrics = (await server.GetAsync("/metrics")).Text;
        Assert.Contains($"recurrent_cached_tokens_total{{model=\"gru\"}} {128 + 128 + 64 + 64}\n", metrics);
        Assert.DoesNotContain("recurrent_prefix_cache_bytes 0\n", metrics);
    }

    [Fact]
    public void Those_used_longest_ago_make_room()
    {
        var state = State();
        var size = state.AsPrompt().Bytes + 150;
        var cache = new PrefixCache((2 * size) + 1);
        cache.Add(Key(1), () => state);
        cache.Add(Key(2), () => state);
        Assert.NotNull(cache.Find([Key(1), Key(7)]));
        cache.Add(Key(3), () => state);
        Assert.Null(cache.Find([Key(2)]));
        Assert.NotNull(cache.Find([Key(1)]));
        Assert.NotNull(cache.Find([Key(3)]));
        Assert.Equal(2 * size, cache.Bytes);
        cache.Add(Key(1), () => throw new InvalidOperationException("It is there."));
    }

    [Fact]
    public void Another_owner_or_model_has_other_names()
    {
        var cache = new PrefixCache(1000);
        var tokens = Enumerable.Range(0, 200).ToArray();
        var keys = cache.KeysOf("me", "print", tokens);
        Assert.Equal(3, keys.Length);
        Assert.Equal(keys, cache.KeysOf("me", "print", tokens.AsSpan(0, 199)));
        Assert.Empty(keys.Intersect(cache.KeysOf("you", "print", tokens)));
        Assert.Empty(keys.Intersect(cache.KeysOf("me", "other", tokens)));
        tokens[70]++;
        Assert.Equal(keys[..1], keys.Intersect(cache.KeysOf("me", "print", tokens)));
        Assert.Empty(new PrefixCache(0).KeysOf("me", "print", tokens));
    }

    private static UInt128 Key(uint number) => number;

    private static StreamState State()
    {
        var trained = TestServer.Load("gru");
        var batch = new StreamBatch(trained.Model.CreateDecoder(), trained.Codec, 1);
        return batch.Save(batch.Admit(trained.Codec.EncodePrompt("t"), new() { Length = 0 }));
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
