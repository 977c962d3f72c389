namespace Recurrent.Datasets;

/// <summary>A text that is a resource of this library.</summary>
internal sealed class EmbeddedDataset(string name, string description, IReadOnlyList<string> prompts, string resource)
    : Dataset(name, description, prompts)
{
    public override async Task<byte[]> ReadAsync(
        string? cacheFolder = null,
        CancellationToken cancellationToken = default
    )
    {
        await using var stream = typeof(EmbeddedDataset).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
