namespace Recurrent.Evaluation;

/// <summary>
/// The smallest automaton that reads every run of a text and nothing else, with at most two states per token (Blumer et
/// al. 1985). In state 0 it has read nothing.
/// </summary>
internal sealed class SuffixAutomaton
{
    private readonly List<State> _states = [new State { Link = -1, FirstEnd = -1 }];

    /// <summary>Builds the automaton of a text.</summary>
    /// <param name="text">The tokens, of shape (number of tokens).</param>
    public SuffixAutomaton(ReadOnlySpan<int> text)
    {
        var last = 0;
        for (var i = 0; i < text.Length; i++)
        {
            last = Append(last, text[i], i);
        }
    }

    /// <summary>Returns the position where the longest run of a state first ends in the text.</summary>
    public int FirstEnd(int state) => _states[state].FirstEnd;

    /// <summary>Reads one more token, and forgets no more of the tokens before it than necessary.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="length">The number of tokens that are remembered before.</param>
    /// <param name="token">The token.</param>
    /// <returns>The state after it, and the number of tokens that are remembered: a run of the text.</returns>
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

    /// <summary>
    /// Returns the state reached by a token whose longest run is exactly that of the state before, plus the token.
    /// </summary>
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

    /// <summary>The runs that end at the same positions of the text.</summary>
    private sealed class State
    {
        /// <summary>The number of tokens in the longest of them.</summary>
        public int Length { get; init; }

        /// <summary>The state of the longest run that ends at these positions and at others; -1 for state 0.</summary>
        public int Link { get; set; }

        /// <summary>The first of these positions.</summary>
        public int FirstEnd { get; init; }

        /// <summary>The state after each possible next token.</summary>
        public Dictionary<int, int> Next { get; init; } = [];
    }
}
