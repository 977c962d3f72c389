using System.Globalization;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Serving;

/// <summary>What the measurements share: the tool, model files, and the lines that are printed.</summary>
/// <param name="tool">The tool's path.</param>
/// <param name="counted">A text of which the models have the counts, too; null for networks alone.</param>
internal sealed class Bench(string tool, string? counted) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("serving");

    /// <summary>The characters that the models know: ASCII from the space on, and the line end.</summary>
    public static string Characters { get; } = string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c)) + '\n';

    /// <summary>GRU 256 and LSTM 512, those of shared/serving.md.</summary>
    public static IReadOnlyList<(string Kind, int Hidden)> Models { get; } = [("gru", 256), ("lstm", 512)];

    /// <summary>Whether a figure has missed its bar.</summary>
    public bool HasMissed { get; private set; }

    /// <summary>The path of a file to write.</summary>
    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>A model of a size; all of the same size are the same.</summary>
    public TrainedModel Model(string kind, int hidden)
    {
        var codec = Corpus.FromText(Characters, new CorpusOptions { Normalization = Normalization.None }).Codec;
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            HiddenSize = hidden,
            VocabularySize = codec.Vocabulary.Count,
        };
        var network = LanguageModel.Create(configuration, RandomStream.Parameters(seed: 1), Device.Cpu());
        if (counted is null)
        {
            return new(network, codec);
        }
        var counts = NGramModel.Count(codec.Encode(File.ReadAllText(counted)), codec.Vocabulary.Count);
        return new(new MixedModel(network, counts), codec);
    }

    /// <summary>The file of a model.</summary>
    public string FileOf(string kind, int hidden)
    {
        var path = PathOf($"{kind}{hidden}.safetensors");
        if (!File.Exists(path))
        {
            Model(kind, hidden).Save(path);
        }
        return path;
    }

    /// <summary>Starts the tool's server over some models, at any port unless one is given.</summary>
    public ServerProcess Serve(
        IEnumerable<string> models,
        string options = "",
        params (string Name, string Value)[] environment
    ) => ServerProcess.Start(Command([.. Of("serve", models), .. options.Split(' ', Split)], environment));

    /// <summary>A command line of the tool.</summary>
    public Command Command(IReadOnlyList<string> arguments, params (string Name, string Value)[] environment) =>
        tool.EndsWith(".dll", StringComparison.Ordinal)
            ? new("dotnet", [tool, .. arguments], environment)
            : new(tool, arguments, environment);

    /// <summary>Prints a figure beside its bar.</summary>
    public void Report(int bar, string what, string figure, string bound, bool isMet)
    {
        HasMissed |= !isMet;
        Console.WriteLine($"{bar, 2}  {what}: {figure}; {bound}: {(isMet ? "met" : "MISSED")}");
    }

    /// <summary>A number with as many digits as matter.</summary>
    public static string Rounded(double value)
    {
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(value, 1))) - 2));
        return (Math.Round(value / unit) * unit).ToString("N0", CultureInfo.InvariantCulture);
    }

    /// <summary>A quantile of some values.</summary>
    public static double Quantile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, Math.Ceiling(part * sorted.Count))];
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private const StringSplitOptions Split = StringSplitOptions.RemoveEmptyEntries;

    private static IEnumerable<string> Of(string verb, IEnumerable<string> models) => [verb, .. models];
}

/// <summary>A command to run.</summary>
internal sealed record Command(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<(string Name, string Value)> Environment
);
