namespace Recurrent.Kernels.Gpu;

/// <summary>
/// What a thread puts into a card's queue until it ends the recording. Launches that come in the same order each time,
/// as those of a training step do, are made a graph, which then costs one launch.
/// </summary>
/// <param name="card">The card.</param>
/// <param name="ended">Is told when the recording has ended; another may begin.</param>
internal sealed class GpuRecording(GpuCard card, Action<GpuRecording> ended) : IDisposable
{
    private const int FewestLaunches = 4; // that are worth a graph
    private const int MostGraphs = 8;

    [ThreadStatic]
    private static GpuRecording? t_current;

    private readonly GpuLaunches _pending = new();
    private readonly GpuLaunches _last = new(); // of the last run that had no graph
    private readonly List<Made> _graphs = []; // the last used last
    private GpuRecording? _outer;

    /// <summary>The calling thread's recording for a card; null where launches go into its queue at once.</summary>
    public static GpuRecording? Of(GpuCard card) => t_current is { } current && current.Card == card ? current : null;

    private GpuCard Card => card;

    /// <summary>Records what the calling thread launches from here on.</summary>
    public GpuRecording Begin()
    {
        (_outer, t_current) = (t_current, this);
        return this;
    }

    /// <summary>Puts off a launch.</summary>
    public void Add(GpuLaunch launch)
    {
        if (_pending.Count == 0)
        {
            card.BeginPuttingOff();
        }
        _pending.Add(launch);
    }

    /// <summary>Puts into the queue what was put off.</summary>
    public void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }
        try
        {
            Run();
        }
        finally
        {
            _pending.Clear();
            card.EndPuttingOff();
        }
    }

    /// <summary>Puts into the queue what was put off, and records no more.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            t_current = _outer;
            ended(this);
        }
    }

    private void Run()
    {
        var made = Find();
        if (made is null && (_pending.Count < FewestLaunches || !_pending.AreAlike(_last)))
        {
            _last.CopyFrom(_pending);
            for (var i = 0; i < _pending.Count; i++)
            {
                card.Launch(_pending[i]);
            }
            return;
        }
        if (made is not null)
        {
            _graphs.Remove(made);
            Change(made);
        }
        else
        {
            made = Make();
        }
        _graphs.Add(made);
        made.Graph.Run();
    }

    /// <summary>
    /// The graph of the same launches that has to change least; null if there is none, or if all would change much and
    /// there is room for one more: a pool of memory may come round only after a few steps.
    /// </summary>
    private Made? Find()
    {
        var (best, fewest, alike) = (default(Made), int.MaxValue, 0);
        for (var i = _graphs.Count - 1; i >= 0 && fewest > 0; i--)
        {
            if (!_pending.AreAlike(_graphs[i].Launches))
            {
                continue;
            }
            alike++;
            var changes = 0;
            for (var k = 0; k < _pending.Count && changes < fewest; k++)
            {
                changes += _pending.IsSame(k, _graphs[i].Launches) ? 0 : 1;
            }
            if (changes < fewest && HasSameOrder(_graphs[i]))
            {
                (best, fewest) = (_graphs[i], changes);
            }
        }
        var changesMuch = fewest > _pending.Count / 4;
        return changesMuch && alike < MostGraphs / 2 ? null : best;
    }

    /// <summary>Whether what was put off may run in the order of a graph, though its memory may be another.</summary>
    private bool HasSameOrder(Made made)
    {
        var isInPlace = true;
        for (var i = 0; isInPlace && i < _pending.Count; i++)
        {
            isInPlace = _pending.IsInPlace(i, made.Launches);
        }
        return isInPlace || _pending.Order().Zip(made.Order).All(pair => pair.First.SequenceEqual(pair.Second));
    }

    private Made Make()
    {
        if (_graphs.Count == MostGraphs)
        {
            _graphs[0].Graph.Dispose();
            _graphs.RemoveAt(0);
        }
        var launches = new GpuLaunches();
        launches.CopyFrom(_pending);
        var order = launches.Order();
        return new(launches, order, card.Graph(launches, order));
    }

    private void Change(Made made)
    {
        var changed = false;
        for (var i = 0; i < _pending.Count; i++)
        {
            if (!_pending.IsSame(i, made.Launches))
            {
                made.Graph.Change(i, _pending[i]);
                changed = true;
            }
        }
        if (changed)
        {
            made.Launches.CopyFrom(_pending);
        }
    }

    private sealed record Made(GpuLaunches Launches, int[][] Order, GpuGraph Graph);
}
