using System.Text;
using FsCheck.Fluent;
using Recurrent.Formats;
using Recurrent.Formats.TokenCaches;
using Recurrent.Randomness;
using Recurrent.Tests.Text;
using Recurrent.Tests.Training;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Formats;

/// <summary>
/// A long text whose segments are read side by side has the tokens, the vocabulary and the hash of one pass. Here a
/// segment is short.
/// </summary>
public sealed class SegmentedCacheTests : IDisposable
{
    private static readonly CorpusOptions s_options = new() { SegmentLength = 64 };

    private static readonly string s_lines = string.Concat(
        Enumerable.Range(0, 40).Select(i => $"line {i} of 机器学习 {(char)('a' + (i % 26))}\n")
    );

    private readonly TemporaryFolder _folder = new();

    private string TextPath => _folder["text.txt"];

    private string Cache => _folder["model.tokens"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(TextScanTests.Codecs), MemberType = typeof(TextScanTests))]
    public void In_segments_a_text_is_what_it_is_in_one_pass(
        string tokenizer,
        Normalization normalization,
        LineJoin lineJoin,
        LineEnds lineEnds
    )
    {
        var options = s_options with
        {
            Tokenizer = Tokenizer.FromName(tokenizer),
            Normalization = normalization,
            LineJoin = lineJoin,
            LineEnds = lineEnds,
        };
        var segmented = 0;
        var plain = Gen.Elements("the time\n", "日本語\n", "two words\n", "é\n");
        var laidOut = Gen.OneOf(plain, Gen.Elements(" indented\n", "\n", "\u3000spaced\n", "one\n\n"));
        var wild = Gen.OneOf(laidOut, UnicodeText.Strings.Where(text => !text.Contains('\0')));
        Laws.Hold(
            from piece in Gen.Elements(plain, laidOut, wild)
            from text in piece.ListOf(60).Select(string.Concat).Where(text => text.Length > 0)
            from length in Gen.Choose(8, 160)
            from most in Gen.Elements<long?>(null, 1, 50)
            from marked in Gen.Elements(true, false)
            select (text, length, most, marked),
            drawn =>
            {
                File.WriteAllText(TextPath, drawn.text, new UTF8Encoding(drawn.marked));
                var own = options with { SegmentLength = drawn.length, MaxTokens = drawn.most };
                using var expected = Corpus.FromFile(TextPath, own);
                using var corpus = TokenCache.Open(TextPath, Cache, own).Corpus;
                AssertSame(expected, corpus);
                segmented += File.Exists(Cache + ".2") ? 1 : 0;
            }
        );
        Assert.InRange(segmented, 10, 100);
    }

    [Fact]
    public void Any_bytes_are_read_in_segments_too()
    {
        var options = s_options with { Tokenizer = Tokenizer.Bytes, LineEnds = LineEnds.Keep };
        var random = RandomStream.Sampling(seed: 1);
        byte[] bytes = [.. Enumerable.Range(0, 5000).Select(i => (byte)random.UInt32((ulong)i))];
        File.WriteAllBytes(TextPath, bytes);
        using var corpus = TokenCache.Open(TextPath, Cache, options, TestContext.Current.CancellationToken).Corpus;
        Assert.True(File.Exists(Cache + ".70"));
        AssertSame(Corpus.FromBytes(bytes, "the bytes", options), corpus);
        Laws.Hold(
            from start in Gen.Choose(0, 4000)
            from length in Gen.Choose(0, 1000)
            select (start, length),
            part =>
                Assert.Equal(
                    bytes.AsSpan(part.start, part.length).ToArray(),
                    Recurrent.Text.ByteTokenizer.ToBytes(
                        corpus.Vocabulary.Decode(corpus.Sequence[part.start..][..part.length].ToArray())
                    )
                )
        );
    }

    [Fact]
    public void What_was_kept_is_used_again_and_only_what_is_damaged_or_changed_is_made_again()
    {
        File.WriteAllText(TextPath, s_lines);
        Assert.True(Open(s_options).IsNew);
        Assert.False(Open(s_options).IsNew);
        var names = Directory.GetFiles(Path.GetDirectoryName(Cache)!, "model*");
        Assert.InRange(names.Length, 10, 20);
        var third = File.ReadAllBytes(Cache + ".3");

        var damaged = third.ToArray();
        damaged[20] ^= 1;
        File.WriteAllBytes(Cache + ".3", damaged);
        File.Delete(Cache + ".5");
        var before = Times();
        Assert.True(Open(s_options).IsNew);
        Assert.Equal(third, File.ReadAllBytes(Cache + ".3"));
        Assert.Equal([Cache + ".3", Cache + ".5"], Changed(before).Order());

        File.WriteAllText(TextPath, s_lines.Replace("line 20", "LINE 20", StringComparison.Ordinal));
        before = Times();
        Assert.True(Open(s_options).IsNew);
        Assert.Single(Changed(before));

        File.WriteAllText(TextPath, string.Concat(Enumerable.Repeat("one\n", 40)));
        Assert.True(Open(s_options).IsNew);
        Assert.Equal(["model.tokens", "model.tokens.2", "model.tokens.3", "text.txt"], _folder.Names);
        File.WriteAllText(TextPath, s_lines[..20]);
        Assert.True(Open(s_options).IsNew);
        Assert.Equal(["model.tokens", "text.txt"], _folder.Names);

        Dictionary<string, DateTime> Times()
        {
            var past = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            string[] files = [.. Directory.EnumerateFiles(Path.GetDirectoryName(Cache)!, "model*")];
            Array.ForEach(files, file => File.SetLastWriteTimeUtc(file, past));
            return files.ToDictionary(file => file, _ => past);
        }

        IEnumerable<string> Changed(Dictionary<string, DateTime> before) =>
            Directory
                .EnumerateFiles(Path.GetDirectoryName(Cache)!, "model*")
                .Where(file => !before.TryGetValue(file, out var time) || File.GetLastWriteTimeUtc(file) != time);
    }

    [Fact]
    public void A_text_whose_line_ends_change_is_read_in_one_pass_and_so_again()
    {
        File.WriteAllText(TextPath, s_lines + "the last\r\n");
        Assert.True(Open(s_options).IsNew);
        Assert.Equal(["model.tokens", "text.txt"], _folder.Names);
        Assert.False(Open(s_options).IsNew);
        Assert.Equal(["model.tokens", "text.txt"], _folder.Names);
        Assert.Equal(
            Corpus.FromText(s_lines + "the last\n", s_options).Hash,
            TokenCache.Open(TextPath, Cache, s_options, TestContext.Current.CancellationToken).Corpus.Hash
        );
    }

    [Fact]
    public void What_is_not_text_is_refused_as_in_one_pass()
    {
        File.WriteAllBytes(TextPath, [.. Encoding.UTF8.GetBytes(s_lines), 0x61, 0xFF]);
        var error = Assert.Throws<TextFormatException>(() => Open(s_options));
        Assert.Equal(Encoding.UTF8.GetByteCount(s_lines) + 1, error.Offset);
        Assert.Contains("in line 41", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_users_own_is_not_replaced()
    {
        File.WriteAllText(TextPath, s_lines);
        File.WriteAllText(Cache + ".4", "my notes");
        var error = Assert.Throws<ModelFileException>(() => Open(s_options));
        Assert.StartsWith($"Cannot write {Cache}.4: a file that is not a token cache", error.Message);
        Assert.Equal("my notes", File.ReadAllText(Cache + ".4"));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(50, true)] // more than there are segments
    [InlineData(3, false)]
    public void Ranks_share_out_the_segments_and_know_the_whole_text(int ranks, bool isOneFolder)
    {
        var options = s_options with { SegmentLength = 3000 };
        File.WriteAllText(TextPath, string.Concat(Enumerable.Repeat(s_lines, 40)));
        using var expected = Corpus.FromFile(TextPath, options, TestContext.Current.CancellationToken);
        foreach (var isNew in new[] { true, false })
        {
            var own = ShardedRun.AsRanks(
                ranks,
                rank =>
                {
                    var folder = isOneFolder ? "" : $"{rank!.Rank}";
                    Directory.CreateDirectory(_folder[folder]);
                    var cache = Path.Combine(_folder[folder], "model.tokens");
                    var source = new TokenSource(_ => TextFile.OpenRead(TextPath), TextPath, cache, options);
                    var sharing = new SegmentSharing(rank!.Rank, ranks, rank.Gather, Threads: 1);
                    var (corpus, files) = SegmentedCache.TryOpen(source, sharing, CancellationToken.None)!.Value;
                    using (corpus)
                    {
                        Assert.Equal(isNew, files.IsNew);
                        var made = Directory.GetFiles(_folder[folder], "model*").Length;
                        AssertSame(expected, corpus); // reads all, and so makes what is not there
                        Assert.Equal(files.Count, Directory.GetFiles(_folder[folder], "model*").Length);
                        return (made, files.Count);
                    }
                }
            );
            if (!isOneFolder && isNew)
            {
                // One more than its share: the first tokens of all are known to each.
                Assert.All(own, one => Assert.InRange(one.made, one.Count / ranks, (one.Count / ranks) + 2));
            }
        }
    }

    [Fact]
    public void A_rank_whose_text_is_another_finds_out_when_it_reads_it()
    {
        var error = Assert.Throws<IOException>(() =>
            ShardedRun.AsRanks(
                2,
                rank =>
                {
                    var path = _folder[$"text.{rank!.Rank}"];
                    var own =
                        rank.Rank == 1 ? s_lines.Replace("line 2 ", "line 3 ", StringComparison.Ordinal) : s_lines;
                    File.WriteAllText(path, own);
                    var source = new TokenSource(_ => TextFile.OpenRead(path), "the text", path + ".tokens", s_options);
                    var sharing = new SegmentSharing(rank.Rank, 2, rank.Gather, Threads: 1);
                    return SegmentedCache.TryOpen(source, sharing, CancellationToken.None) is null;
                }
            )
        );
        Assert.Equal("the text has changed, or another rank has another text; start again.", error.Message);
    }

    [Fact]
    public void Ranks_whose_texts_are_cut_elsewhere_or_change_their_line_ends_all_read_in_one_pass()
    {
        foreach (var last in new[] { s_lines + s_lines, s_lines[..^1] + "\r" })
        {
            var results = ShardedRun.AsRanks(
                3,
                rank =>
                {
                    var path = _folder[$"text.{rank!.Rank}"];
                    File.WriteAllText(path, rank.Rank == 0 ? last : s_lines);
                    var source = new TokenSource(_ => TextFile.OpenRead(path), path, path + ".tokens", s_options);
                    var sharing = new SegmentSharing(rank.Rank, 3, rank.Gather, Threads: 1);
                    return SegmentedCache.TryOpen(source, sharing, CancellationToken.None) is null;
                }
            );
            Assert.Equal([true, true, true], results);
        }
    }

    [Fact]
    public void Tokens_beyond_what_an_int_counts_are_read_where_they_are()
    {
        long[] lengths = [600_000_000, 2_900_000_000];
        (int Segment, long Place)[] ones = [(0, 0), (1, 0), (1, int.MaxValue + 5L), (1, lengths[1] - 1)];
        SegmentFile[] segments =
        [
            .. lengths.Select(
                (length, i) =>
                {
                    var places = ones.Where(one => one.Segment == i).Select(one => one.Place);
                    WriteZeros(_folder[$"{i}"], length, places);
                    return new SegmentFile(
                        length,
                        [7, 8 + i],
                        () => TokenCacheFile.TryOpenUnchecked(_folder[$"{i}"], _ => true)!
                    );
                }
            ),
        ];
        var tokens = new TokensInSegments(segments, long.MaxValue);
        Assert.Equal(3_500_000_000, tokens.Length);
        Assert.Equal([8, 7], tokens[..2].ToArray());
        Assert.Equal([7, 9, 7], Around(600_000_000));
        Assert.Equal([7, 9, 7], Around(600_000_005L + int.MaxValue));
        Assert.Equal([7, 9], tokens.Slice(tokens.Length - 2, 2).ToArray());
        Array.ForEach(segments, segment => segment.Dispose());

        int[] Around(long place) => tokens.Slice(place - 1, 3).ToArray();
    }

    [Fact]
    public void The_identity_of_its_tokens_is_known_without_reading_them_and_is_that_of_the_text_in_memory()
    {
        File.WriteAllText(TextPath, s_lines);
        using var corpus = TokenCache.Open(TextPath, Cache, s_options, TestContext.Current.CancellationToken).Corpus;
        using var memory = Corpus.FromFile(TextPath, s_options, TestContext.Current.CancellationToken);
        var fewer = Corpus.FromFile(
            TextPath,
            s_options with
            {
                MaxVocabulary = 9,
            },
            TestContext.Current.CancellationToken
        );
        var part = corpus.Sequence[5..^9];
        corpus.Dispose(); // nothing can be read any more
        var hashes = new[]
        {
            corpus.Sequence,
            part,
            corpus.Sequence[5..],
            part.Mapped([.. Enumerable.Range(1, corpus.Vocabulary.Count)]),
            fewer.Sequence,
        }.Select(TrainingFingerprint.HashOf);
        Assert.Equal(5, hashes.Distinct().Count());
        Assert.Equal(TrainingFingerprint.HashOf(memory.Sequence[1..][4..^9]), TrainingFingerprint.HashOf(part));
        Assert.Equal(
            TrainingFingerprint.HashOf(Corpus.FromText("abc").Sequence),
            TrainingFingerprint.HashOf(new[] { 1, 2, 3 }) // a short text's is of the tokens, as it always was
        );
    }

    /// <summary>A token cache of zeros that takes no room, but for some ones.</summary>
    private static void WriteZeros(string path, long length, IEnumerable<long> ones)
    {
        var distinct = new DistinctTokens();
        distinct.Add("0", length);
        distinct.Add("1", 1);
        var description = new TokenCacheDescription
        {
            SourceHash = "",
            SourceLength = length,
            ContentHash = "",
            HasSegments = false,
            SplitBy = "",
            Widths = new([length, 0, 0]),
            Distinct = distinct,
        }.ToBytes();
        using var file = File.Create(path);
        file.Write("recurrent-tokens"u8);
        foreach (var place in ones)
        {
            file.Position = 16 + place;
            file.WriteByte(1);
        }
        file.Position = 16 + length;
        file.Write(description);
        file.Write(BitConverter.GetBytes(description.LongLength));
        file.Write(new byte[32]);
    }

    private (Corpus Corpus, bool IsNew) Open(CorpusOptions options)
    {
        var opened = TokenCache.Open(TextPath, Cache, options, TestContext.Current.CancellationToken);
        using (opened.Corpus)
        {
            using var expected = Corpus.FromFile(TextPath, options, TestContext.Current.CancellationToken);
            AssertSame(expected, opened.Corpus);
        }
        return opened;
    }

    private static void AssertSame(Corpus expected, Corpus corpus)
    {
        Assert.Equal(expected.Hash, corpus.Hash);
        Assert.Equal(expected.Vocabulary.Tokens, corpus.Vocabulary.Tokens);
        Assert.Equal(expected.Vocabulary.Frequencies, corpus.Vocabulary.Frequencies);
        Assert.Equal(expected.Tokens.ToArray(), corpus.Tokens.ToArray());
        Assert.Equal(expected.Sequence.Identity, corpus.Sequence.Identity);
    }
}
