using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Files;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Formats;

public sealed class TrainedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_comes_back_as_it_was()
    {
        var trained = TinyModel.Create();
        trained.Save(_folder["model.safetensors"]);

        var loaded = TrainedModel.Load(_folder["model.safetensors"]);

        Assert.IsType<RnnFromScratch>(loaded.Model);
        Assert.Equal(trained.Model.Configuration, loaded.Model.Configuration);
        Assert.Equal(trained.Model.Parameters.Count, loaded.Model.Parameters.Count);
        foreach (var (expected, actual) in trained.Model.Parameters.Zip(loaded.Model.Parameters))
        {
            Assert.Equal(expected.Name, actual.Name);
            Assert.Equal(expected.Value.Shape, actual.Value.Shape);
            Assert.Equal(expected.Value.ToArray(), actual.Value.ToArray());
            Assert.True(actual.Value.RequiresGradient);
        }
        Assert.Equal(trained.Codec.Normalizer, loaded.Codec.Normalizer);
        Assert.Same(trained.Codec.Tokenizer, loaded.Codec.Tokenizer);
        Assert.Equal(trained.Codec.Vocabulary.Tokens, loaded.Codec.Vocabulary.Tokens);
        Assert.Equal(trained.Codec.Vocabulary.Frequencies, loaded.Codec.Vocabulary.Frequencies);
        Assert.Equivalent(trained.Training, loaded.Training, strict: true);
        Assert.Equal(trained.Training.Settings, loaded.Training.Settings);
        Assert.Equal(["model.safetensors"], _folder.Names);
    }

    [Fact]
    public void A_loaded_model_computes_the_same_bits()
    {
        var trained = TinyModel.Create();
        var loaded = TinyModel.Load(TinyModel.Save(trained));

        Assert.Equal(Logits(trained.Model), Logits(loaded.Model));

        static float[] Logits(ILanguageModel model) =>
            model.Forward([1, 2, 0, 1], 2, model.InitialState(2)).Logits.ToArray();
    }

    [Fact]
    public void The_bytes_are_the_same_always()
    {
        var file = TinyModel.Save(TinyModel.Create());
        TinyModel.Create().Save(_folder["model"]);

        Assert.Equal(file, TinyModel.Save(TinyModel.Create()));
        Assert.Equal(file, TinyModel.Save(TinyModel.Load(file)));
        Assert.Equal(file, File.ReadAllBytes(_folder["model"]));
        Assert.Equal(
            "02aabd255267ca18aa32f6c08de5bd3291a5233344c896b6e241e2514c36431e",
            Convert.ToHexStringLower(SHA256.HashData(file))
        );
    }

    [Fact]
    public void The_values_begin_at_a_multiple_of_eight_bytes()
    {
        var paddings = new HashSet<int>();
        for (var length = 0; length < 8; length++)
        {
            var training = new TrainingSummary { Text = new string('x', length) };
            var file = TinyModel.Save(With(training));

            var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            var header = Encoding.UTF8.GetString(file, 8, headerLength);
            Assert.Equal(0, headerLength % 8);
            Assert.EndsWith("}}", header.TrimEnd(' '), StringComparison.Ordinal);
            Assert.True(paddings.Add(headerLength - header.TrimEnd(' ').Length));
            Assert.Equal(training.Text, TinyModel.Load(file).Training.Text);
        }
        Assert.Equal(7, paddings.Max());
    }

    [Fact]
    public void A_model_of_many_blocks_comes_back()
    {
        // W_hh has 40,000 values, so that several blocks are written, the last one in part.
        var configuration = new ModelConfiguration { VocabularySize = 3, HiddenSize = 200 };
        var model = LanguageModel.Create(configuration, new RandomStream(1, 0));
        var trained = With(model);

        var loaded = TinyModel.Load(TinyModel.Save(trained));

        foreach (var (expected, actual) in model.Parameters.Zip(loaded.Model.Parameters))
        {
            Assert.Equal(expected.Value.ToArray(), actual.Value.ToArray());
        }
    }

    [Fact]
    public void Anything_that_text_holds_comes_back()
    {
        string[] tokens =
        [
            "<unk>",
            "<bos>",
            "\"",
            "\\",
            "\n",
            "\0",
            "\uFFFD",
            "é",
            "e\u0301",
            "机",
            "😀",
            "\u2028",
            "</script>",
        ];
        var codec = new TextCodec(
            new Normalizer(Normalization.None, LineJoin.Space),
            Tokenizer.Words,
            new Vocabulary(tokens, [.. tokens.Select((_, i) => (long)i * 3_000_000_000)])
        );
        var training = new TrainingSummary
        {
            Epochs = int.MaxValue,
            Tokens = long.MaxValue,
            Perplexity = double.PositiveInfinity,
            Text = "日記 \"1\"\n.txt",
            Settings = [new("z", ""), new("a\"", "\n"), new("", "😀")],
        };

        var loaded = TinyModel.Load(TinyModel.Save(TinyModel.Create(codec, training)));

        Assert.Equal(codec.Normalizer, loaded.Codec.Normalizer);
        Assert.Same(codec.Tokenizer, loaded.Codec.Tokenizer);
        Assert.Equal(tokens, loaded.Codec.Vocabulary.Tokens);
        Assert.Equal(codec.Vocabulary.Frequencies, loaded.Codec.Vocabulary.Frequencies);
        Assert.Equivalent(training, loaded.Training, strict: true);
        Assert.Equal(training.Settings, loaded.Training.Settings);
    }

    [Fact]
    public void An_empty_summary_comes_back()
    {
        var training = new TrainingSummary();

        var loaded = TinyModel.Load(TinyModel.Save(With(training)));

        Assert.Equivalent(training, loaded.Training, strict: true);
        Assert.Empty(loaded.Training.Settings);
    }

    [Fact]
    public void A_stream_is_read_from_its_position_and_left_open()
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[100]);
        TinyModel.Create().Save(stream);
        stream.Position = 100;

        var loaded = TrainedModel.Load(stream);

        Assert.Equal(3, loaded.Codec.Vocabulary.Count);
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void A_stream_that_cannot_be_used_is_an_argument_error()
    {
        using var readOnly = new MemoryStream([], writable: false);
        Assert.Throws<ArgumentException>(() => TinyModel.Create().Save(readOnly));

        using var file = File.Create(_folder["file"], 1, FileOptions.DeleteOnClose);
        using var pipe = new GZipStream(file, CompressionMode.Compress);
        Assert.Throws<ArgumentException>(() => TrainedModel.Load(pipe));
    }

    [Fact]
    public void A_model_replaces_a_model()
    {
        var path = _folder["model"];
        File.WriteAllBytes(path, []);
        With(new TrainingSummary()).Save(path);
        TinyModel.Create().Save(path);

        Assert.Equal(TinyModel.Save(TinyModel.Create()), File.ReadAllBytes(path));
    }

    [Fact]
    public void A_file_of_the_users_own_is_not_replaced()
    {
        File.WriteAllText(_folder["my.txt"], "my text");

        var error = Assert.Throws<ModelFileException>(() => TinyModel.Create().Save(_folder["my.txt"]));

        Assert.Equal(
            $"Cannot write {_folder["my.txt"]}: a file that is not a model is there and would be lost; "
                + "choose another name.",
            error.Message
        );
        Assert.Equal("my text", File.ReadAllText(_folder["my.txt"]));
        Assert.Equal(["my.txt"], _folder.Names);
    }

    [Fact]
    public void A_full_disk_leaves_the_old_model()
    {
        using var disk = SmallDisk.Mount("size=64k");
        var path = Path.Combine(disk.Path, "model");
        TinyModel.Create().Save(path);
        var large = LanguageModel.Create(
            new ModelConfiguration { VocabularySize = 3, HiddenSize = 200 },
            new RandomStream(1, 0)
        );

        var error = Assert.Throws<IOException>(() => With(large).Save(path));

        Assert.Equal($"Cannot write {path}: the disk is full; free some space or choose another disk.", error.Message);
        Assert.Equal(TinyModel.Save(TinyModel.Create()), File.ReadAllBytes(path));
        Assert.Equal(["model"], TemporaryFolder.NamesIn(disk.Path));
    }

    [Fact]
    public void A_codec_of_another_size_is_an_argument_error()
    {
        var error = Assert.Throws<ArgumentException>(() => With(TinyModel.Model(4)));

        Assert.StartsWith(
            "The model has 4 vocabulary entries and its codec 3; use the codec that the model was trained with.",
            error.Message
        );
    }

    [Fact]
    public void A_model_that_could_not_be_loaded_is_not_saved()
    {
        var good = TinyModel.Create();
        var path = _folder["model"];
        good.Save(path);

        AssertNotSaved(
            new TrainedModel(TinyModel.Model(3, i => i == 4 ? float.NaN : 0), good.Codec, good.Training),
            "value 4 of its parameter \"W_xh\" is NaN, not a finite number; "
                + "train the model again with a lower learning rate"
        );
        const string ItsOwn =
            "the model is not rnn-scratch as its configuration says: it computes in a way of its own, "
            + "which no file keeps; give its configuration a kind of its own name, and that to TrainedModel.Load";
        AssertNotSaved(
            new TrainedModel(
                TinyModel.Model(3, step: (x, state, p) => RnnFromScratch.Step(x, state, p)),
                good.Codec,
                good.Training
            ),
            ItsOwn
        );
        AssertNotSaved(
            new TrainedModel(
                TinyModel.Model(3, initialState: (b, h) => RnnFromScratch.ZeroState(b, h)),
                good.Codec,
                good.Training
            ),
            ItsOwn
        );
        AssertNotSaved(
            new TrainedModel(
                new RnnFromScratch(good.Model.Configuration, default, (_, _, _) => [new("W", Tensor.Zeros(2, 3))]),
                good.Codec,
                good.Training
            ),
            "the model has the parameters W (2, 3) and its kind, rnn-scratch, has "
                + "W_xh (3, 2), W_hh (2, 2), b_h (2), W_hq (2, 3), b_q (3); name and shape them so"
        );
        AssertNotSaved(
            new TrainedModel(
                good.Model,
                new TextCodec(
                    new Normalizer(Normalization.None),
                    Tokenizer.Words,
                    new Vocabulary(["<unk>", "\uD800", "\uDC00"], [0, 1, 1])
                ),
                good.Training
            ),
            "its vocabulary holds \"\uD800\" with half a surrogate pair, which is not Unicode text; "
                + "build the vocabulary from well-formed text"
        );

        void AssertNotSaved(TrainedModel trained, string message)
        {
            var error = Assert.Throws<ModelFileException>(() => trained.Save(path));
            Assert.Equal($"Cannot write {path}: {message}.", error.Message);
            Assert.Equal(TinyModel.Save(good), File.ReadAllBytes(path));
            Assert.Equal(["model"], _folder.Names);

            using var stream = new MemoryStream();
            Assert.Throws<ModelFileException>(() => trained.Save(stream));
            Assert.Equal(0, stream.Length);
        }
    }

    [Fact]
    public void The_standard_step_may_be_named()
    {
        var model = TinyModel.Model(3, null, RnnFromScratch.ZeroState, RnnFromScratch.Step);

        Assert.Equal(TinyModel.Save(TinyModel.Create()), TinyModel.Save(With(model)));
    }

    [Fact]
    public void What_is_no_file_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TrainedModel.Load(""));
        AssertRefused(_folder["missing"], $"there is no file {_folder["missing"]}; check the path.");
        AssertRefused(_folder["missing/model"], $"there is no file {_folder["missing/model"]}; check the path.");
        AssertRefused(_folder.Path, "it is a folder; name a model file in it.");

        File.WriteAllText(_folder["empty"], "");
        AssertRefused(_folder["empty"], "it is empty, a pipe or a device; save its content to a file first.");
    }

    private static TrainedModel With(TrainingSummary training) =>
        new(TinyModel.Create().Model, TinyModel.Create().Codec, training);

    private static TrainedModel With(ILanguageModel model) => new(model, TinyModel.Create().Codec, TinyModel.Summary);

    private static void AssertRefused(string path, string message)
    {
        var error = Assert.Throws<ModelFileException>(() => TrainedModel.Load(path));
        Assert.Equal($"Cannot read {path}: {message}", error.Message);
    }
}
