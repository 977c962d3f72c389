namespace Recurrent.Evaluation;

/// <summary>
/// The smallest machine that reads every run of a text and nothing else, with at most two states for each token (Blumer et
/// al. 1985). State 0 has read nothing.
/// </summary>
internal sealed class SuffixAutomaton
{
    private readonly List<State> _states = [new State { Link = -1, FirstEnd = -1 }];

    /// <summary>The machine of a text.</summary>
    /// <param name="text">Tokens (number of tokens).</param>
    public SuffixAutomaton(ReadOnlySpan<int> text)
    {
        var last = 0;
        for (var i = 0; i < text.Length; i++)
        {
            last = Append(last, text[i], i);
        }
    }

    /// <summary>Where the longest run that a state stands for ends first in the text.</summary>
    public int FirstEnd(int state) => _states[state].FirstEnd;

    /// <summary>Reads one more token, and forgets as few of those before as the text asks for.</summary>
    /// <param name="state">Where the machine is.</param>
    /// <param name="length">How many tokens it remembers.</param>
    /// <param name="token">The token.</param>
    /// <returns>Where the machine is then, and how many tokens it remembers: they stand in the text.</returns>
    public (int State, int Length) Read(int state, int length, int token)
    {
        while (true)
        {
            if (_states[state].Next.TryGetValue(token, out var next))
            {
                return (next, length + 1);
            }
            if (state == 0)
            {
                return (0, 0);
            }
            state = _states[state].Link;
            length = _states[state].Length;
        }
    }

    private int Append(int last, int token, int end)
    {
        var added = Add(new State { Length = _states[last].Length + 1, FirstEnd = end });
        var from = last;
        while (from >= 0 && _states[from].Next.TryAdd(token, added))
        {
            from = _states[from].Link;
        }
        if (from >= 0)
        {
            _states[added].Link = Exactly(from, token);
        }
        return added;
    }

    /// <summary>The state behind another that stands for no longer run than that one and the token.</summary>
    private int Exactly(int from, int token)
    {
        var target = _states[from].Next[token];
        var found = _states[target];
        var length = _states[from].Length + 1;
        if (found.Length == length)
        {
            return target;
        }
        var split = Add(
            new State
            {
                Length = length,
                Link = found.Link,
                FirstEnd = found.FirstEnd,
                Next = new(found.Next),
            }
        );
        found.Link = split;
        while (from >= 0 && _states[from].Next.TryGetValue(token, out var to) && to == target)
        {
            _states[from].Next[token] = split;
            from = _states[from].Link;
        }
        return split;
    }

    private int Add(State state)
    {
        _states.Add(state);
        return _states.Count - 1;
    }

    /// <summary>The runs that end at the same places of the text.</summary>
    private sealed class State
    {
        /// <summary>Tokens of the longest of them.</summary>
        public int Length { get; init; }

        /// <summary>The state of the longest run that ends at these places and at others; -1 for state 0.</summary>
        public int Link { get; set; }

        /// <summary>The first of these places.</summary>
        public int FirstEnd { get; init; }

        /// <summary>The state after one more token.</summary>
        public Dictionary<int, int> Next { get; init; } = [];
    }
}
