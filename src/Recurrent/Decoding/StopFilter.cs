using System.Text;

namespace Recurrent.Decoding;

/// <summary>
/// Lets text through up to the first stop string. What may become one is held back, so nothing of it is ever shown.
/// </summary>
/// <param name="stops">The stop strings, none of them empty.</param>
internal sealed class StopFilter(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop string has come; nothing comes through any more.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>The text that is held back; empty once a stop string has come.</summary>
    public string Held => HasStopped || _held.Length == 0 ? "" : _held.ToString();

    /// <summary>Adds text and returns what is certain to stand before a stop string.</summary>
    public string Append(string piece)
    {
        if (stops.Count == 0)
        {
            return piece;
        }
        var passed = new StringBuilder();
        foreach (var character in piece)
        {
            if (HasStopped)
            {
                break;
            }
            _held.Append(character);
            var complete = stops.Where(stop => HeldEndsWith(stop, stop.Length)).Max(stop => (int?)stop.Length);
            HasStopped = complete is not null;
            var keep = complete ?? LongestBeginning();
            passed.Append(_held, 0, _held.Length - keep);
            _held.Remove(0, _held.Length - keep);
        }
        return passed.ToString();
    }

    /// <summary>The text that is left when none follows.</summary>
    public string Rest()
    {
        var rest = HasStopped ? "" : _held.ToString();
        _held.Clear();
        return rest;
    }

    /// <summary>Length of the longest end of the held text that a stop string begins with.</summary>
    private int LongestBeginning()
    {
        for (var length = _held.Length; length > 0; length--)
        {
            if (stops.Any(stop => length < stop.Length && HeldEndsWith(stop, length)))
            {
                return length;
            }
        }
        return 0;
    }

    private bool HeldEndsWith(string stop, int length)
    {
        var start = _held.Length - length;
        if (start < 0)
        {
            return false;
        }
        for (var i = 0; i < length; i++)
        {
            if (_held[start + i] != stop[i])
            {
                return false;
            }
        }
        return true;
    }
}
