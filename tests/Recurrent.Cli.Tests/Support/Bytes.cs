namespace Recurrent.Cli.Tests.Support;

internal static class Bytes
{
    /// <summary>The bytes, again and again.</summary>
    public static byte[] Repeat(this byte[] bytes, int times) =>
        [.. Enumerable.Repeat(bytes, times).SelectMany(copy => copy)];
}
