using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Recurrent.Text;

/// <summary>
/// What the tokens of a long text are, known without reading them: what decides each of them, and where they begin.
/// </summary>
/// <param name="Text">A hash of what decides the token at each place.</param>
/// <param name="Start">The place of the first.</param>
internal sealed record TokenIdentity(string Text, long Start)
{
    /// <summary>That of a whole text.</summary>
    /// <param name="hash">The text's hash.</param>
    /// <param name="splitBy">How it was split.</param>
    /// <param name="indices">The index of each distinct token in the order of first occurrence.</param>
    public static TokenIdentity Of(string hash, string splitBy, int[] indices) =>
        new TokenIdentity($"{hash}\n{splitBy}", 0).Mapped(indices);

    /// <summary>That of the part from a place on.</summary>
    public TokenIdentity From(long start) => this with { Start = Start + start };

    /// <summary>That of the tokens with other indices.</summary>
    /// <param name="indices">The new index of each old one.</param>
    public TokenIdentity Mapped(int[] indices) =>
        this with
        {
            Text = Convert.ToHexStringLower(
                SHA256.HashData([.. Encoding.UTF8.GetBytes(Text), .. MemoryMarshal.AsBytes(indices.AsSpan())])
            ),
        };
}
