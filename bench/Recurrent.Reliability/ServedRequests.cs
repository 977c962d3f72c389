using Recurrent.Cli.Tests.Serving;

namespace Recurrent.Reliability;

/// <summary>
/// A server answers each of many random requests once and right, whatever happens to their bodies, their clients and
/// the file of a model, counts what it has told, and grows no more.
/// </summary>
internal static class ServedRequests
{
    private const long MostGrowth = 5 << 20; // bytes

    public static async Task<int> RunAsync(int count, long seed, TimeSpan longest)
    {
        using var folder = new WorkFolder();
        byte[][] versions =
        [
            .. ((string[])["gru", "lstm", "lstm-bytes"]).Select(name =>
                File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", $"{name}.safetensors"))
            ),
        ];
        var load = new RandomLoad(folder.Path, versions, seed);
        var growth = await load.RunAsync(count, longest, Console.WriteLine);
        foreach (var problem in load.Problems)
        {
            Console.WriteLine(problem);
        }
        return load.Problems.Count == 0 && growth <= MostGrowth ? 0 : 1;
    }
}
