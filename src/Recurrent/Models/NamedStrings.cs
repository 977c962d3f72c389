using System.Collections;

namespace Recurrent.Models;

/// <summary>Names and values in the order given, equal to others with the same ones.</summary>
internal sealed class NamedStrings : IReadOnlyList<KeyValuePair<string, string>>
{
    private readonly KeyValuePair<string, string>[] _entries;

    /// <summary>Copies names and values.</summary>
    /// <param name="entries">The names and values.</param>
    /// <param name="one">What error messages call one of them, such as: setting.</param>
    /// <exception cref="ArgumentException">A name is there twice, or a name or a value is null.</exception>
    private NamedStrings(IReadOnlyList<KeyValuePair<string, string>> entries, string one)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            if (name is null || value is null)
            {
                throw new ArgumentException(
                    $"A {one} has no name or no value; give both, or leave it out.",
                    nameof(entries)
                );
            }
            if (!names.Add(name))
            {
                throw new ArgumentException($"The {one}s hold \"{name}\" twice; leave one out.", nameof(entries));
            }
        }
        _entries = [.. entries];
    }

    /// <summary>None.</summary>
    public static NamedStrings None { get; } = new([], "");

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, string> this[int index] => _entries[index];

    /// <inheritdoc cref="NamedStrings(IReadOnlyList{KeyValuePair{string, string}}, string)"/>
    public static NamedStrings Copy(IReadOnlyList<KeyValuePair<string, string>> entries, string one) =>
        entries as NamedStrings ?? new NamedStrings(entries, one);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NamedStrings other && _entries.SequenceEqual(other._entries);

    /// <inheritdoc/>
    public override int GetHashCode() => _entries.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
