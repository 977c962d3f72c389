using System.IO.Compression;
using Recurrent.Formats;
using Recurrent.Formats.PyTorch;
using Recurrent.Formats.Safetensors;
using Recurrent.Randomness;

namespace Recurrent.Tests.Formats.PyTorch;

/// <summary>Files of torch.save that are refused, and the pickles in them; what is read is in PyTorchTests.</summary>
public sealed class TorchArchiveTests : IDisposable
{
    private const string SaveDictionary =
        "; save a dictionary of tensors, torch.save(model.state_dict(), \"weights.pt\")";
    private const string SaveWeights =
        "; if you trust it, load it in PyTorch and save the weights alone, torch.save(model.state_dict(), "
        + "\"weights.pt\")";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "old.pt",
        "it is a Python pickle, as torch.save wrote them before PyTorch 1.6; write it again in PyTorch, "
            + "weights = torch.load(\"weights.pt\", map_location=\"cpu\") and torch.save(weights, \"new.pt\")"
    )]
    [InlineData(
        "module.pt",
        "its pickle names the Python object torch.nn.modules.linear.Linear, which no dictionary of tensors needs "
            + "(nothing of it was executed)"
            + SaveWeights
    )]
    [InlineData(
        "program.pt",
        "its pickle names the Python object posix.system, which no dictionary of tensors needs "
            + "(nothing of it was executed)"
            + SaveWeights
    )]
    [InlineData(
        "sparse.pt",
        "its pickle names the Python object torch._utils._rebuild_sparse_tensor, which no dictionary of tensors needs "
            + "(nothing of it was executed)"
            + SaveWeights
    )]
    [InlineData("list.pt", "it holds no dictionary of tensors" + SaveDictionary)]
    [InlineData(
        "two.pt",
        "it holds 2 dictionaries of tensors, \"a\" and \"b\" among them; save one of them, "
            + "torch.save(torch.load(\"weights.pt\")[\"a\"], \"new.pt\")"
    )]
    public void What_is_no_dictionary_of_tensors_is_refused_by_its_name(string name, string problem)
    {
        var path = ExchangeCase.PathOf($"pytorch/refused/{name}");
        AssertRefused(path, problem);
    }

    [Fact]
    public void Another_zip_archive_is_refused() =>
        AssertRefused(
            Zip(("x/y.txt", [1, 2, 3])),
            "it is a zip archive without a data.pkl, and so not a file of torch.save" + SaveDictionary
        );

    [Fact]
    public void A_compressed_archive_is_refused_because_it_could_be_of_any_size() =>
        AssertRefused(
            Zip(("x/data.pkl", new byte[1000])),
            "its zip archive is damaged; copy the file again or save the weights again"
        );

    [Theory]
    [InlineData("~~~", "its pickle makes no sense from byte 0 on; copy the file again or train the model again")]
    [InlineData("(", "its pickle is cut short: it ends after 1 bytes; copy the file again or train the model again")]
    [InlineData(
        "X\u00ff\u00ff\u00ff\u00ff",
        "its pickle is cut short: it ends after 5 bytes; copy the file again or train the model again"
    )]
    [InlineData("h\u0001.", "its pickle makes no sense from byte 0 on; copy the file again or train the model again")]
    [InlineData(")\u0081.", "its pickle uses NEWOBJ, which a dictionary of tensors does not" + SaveWeights)]
    [InlineData("I1\n.", "its pickle uses INT, which a dictionary of tensors does not" + SaveWeights)]
    [InlineData("(dS'a'\n.", "its pickle uses DICT, which a dictionary of tensors does not" + SaveWeights)]
    [InlineData(
        "cos\nsystem\n.",
        "its pickle names the Python object os.system, which no dictionary of tensors needs (nothing of it was executed)"
            + SaveWeights
    )]
    [InlineData(
        "\u008c\u0002os\u008c\u0006system\u0093.",
        "its pickle names the Python object os.system, which no dictionary of tensors needs (nothing of it was executed)"
            + SaveWeights
    )]
    [InlineData(
        "ctorch\nFloatStorage\n)R.",
        "its pickle makes no sense from byte 21 on; copy the file again or train the model again"
    )]
    [InlineData(
        "ccollections\nOrderedDict\nK\u0001\u0085R.",
        "its pickle has a collections.OrderedDict that is not as torch.save writes it" + SaveDictionary
    )]
    [InlineData(
        "ctorch._utils\n_rebuild_tensor_v2\n)R.",
        "its pickle has a tensor that is not as torch.save writes it" + SaveDictionary
    )]
    [InlineData("NQ.", "its pickle has a storage that is not as torch.save writes it" + SaveDictionary)]
    public void A_pickle_of_other_things_is_refused_by_its_name(string pickle, string problem) =>
        AssertRefused(Zip(("x/data.pkl", [.. pickle.Select(character => (byte)character)])), problem);

    [Fact]
    public void A_tensor_must_lie_in_its_storage()
    {
        static string Tensor(string count, string offset, string size, string stride) =>
            "}X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\n"
            + $"X\u0001\0\0\00X\u0003\0\0\0cpu{count}tQ{offset}{size}{stride}tRs.";
        TensorEntry Only(string pickle)
        {
            var path = Zip(("x/data.pkl", [.. pickle.Select(c => (byte)c)]), ("x/data/0", [.. new byte[16]]));
            using var stream = File.OpenRead(path);
            return TorchArchive.Open(stream, _ => { }).Entries.Single();
        }
        static string One(char value) => $"K{value}\u0085";

        Assert.Equal([3L], Only(Tensor("K\u0004", "K\u0001", One('\u0003'), One('\u0001'))).Shape);
        foreach (
            var wrong in (string[])
                [
                    Tensor("K\u0005", "K\u0000", One('\u0003'), One('\u0001')), // a storage beyond its bytes
                    Tensor("J\u00ff\u00ff\u00ff\u00ff", "K\u0000", One('\u0000'), One('\u0001')),
                    Tensor("K\u0004", "K\u0002", One('\u0003'), One('\u0001')), // a tensor beyond its storage
                    Tensor("K\u0004", "K\u0000", One('\u0003'), One('\u0002')),
                    Tensor("K\u0004", "K\u0000", One('\u0005'), One('\u0000')), // more values than there are
                    Tensor("K\u0004", "J\u00ff\u00ff\u00ff\u00ff", One('\u0001'), One('\u0001')),
                    Tensor("K\u0004", "K\u0000", One('\u0001'), ")"),
                ]
        )
        {
            Assert.Throws<FormatError>(() => Only(wrong));
        }
    }

    [Fact]
    public void Any_bytes_are_a_pickle_or_refused_and_take_little_memory()
    {
        using var archive = ZipFile.OpenRead(ExchangeCase.PathOf("pytorch/gru-checkpoint.pt"));
        using var whole = new MemoryStream();
        archive.Entries.Single(entry => entry.Name == "data.pkl").Open().CopyTo(whole);
        var (read, refused) = (0, 0);
        for (var i = 0UL; i < 20_000; i++)
        {
            var random = new RandomStream(11, i);
            var pickle = Damaged(whole.ToArray(), random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Pickle.Read(
                    pickle,
                    name => name.Length > 9 ? (Func<object?[], object?>)(_ => new PickledDictionary()) : null,
                    _ => 2
                );
                read++;
            }
            catch (FormatError)
            {
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }
        Assert.InRange(read, 100, 15_000);
        Assert.InRange(refused, 5000, 20_000);
    }

    [Theory]
    [InlineData("}", 100)] // bytes for each of the pickle's
    [InlineData("]q\u0001", 100)]
    [InlineData("(", 40)]
    [InlineData("(t", 100)]
    [InlineData("K\u0001", 40)]
    public void A_pickle_of_a_million_bytes_takes_a_few_times_its_size(string repeated, int times)
    {
        byte[] pickle =
        [
            .. string.Concat(Enumerable.Repeat(repeated, 1_000_000 / repeated.Length)).Select(c => (byte)c),
        ];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<FormatError>(() => Pickle.Read(pickle, _ => null, _ => 2));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, times * 1_000_000L);
    }

    private static byte[] Damaged(byte[] whole, RandomStream random)
    {
        var drawn = 0UL;
        int Below(int bound) => random.Below(bound, drawn++);
        switch (Below(4))
        {
            case 0: // an end too soon
                return whole[..Below(whole.Length)];
            case 1: // any bytes
                return [.. Enumerable.Range(0, Below(200)).Select(_ => (byte)Below(256))];
            case 2: // a piece somewhere else
                var (from, to) = (Below(whole.Length), Below(whole.Length));
                return [.. whole[..to], .. whole[from..].Take(Below(40)), .. whole[to..]];
            default: // some bits
                for (var flips = 1 + Below(3); flips > 0; flips--)
                {
                    whole[Below(whole.Length)] ^= (byte)(1 << Below(8));
                }
                return whole;
        }
    }

    private string Zip(params (string Name, byte[] Content)[] entries)
    {
        using var stream = File.Create(_folder["weights.pt"]);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            var isLarge = content.Length >= 1000;
            using var entry = archive
                .CreateEntry(name, isLarge ? CompressionLevel.Optimal : CompressionLevel.NoCompression)
                .Open();
            entry.Write(content);
        }
        return _folder["weights.pt"];
    }

    private static void AssertRefused(string path, string problem)
    {
        var error = Assert.Throws<ModelFileException>(() =>
            TrainedModel.ImportPyTorch(path, ExchangeCase.PathOf("pytorch/vocab.json"))
        );
        Assert.Equal($"Cannot read {path}: {problem}.", error.Message);
    }
}
