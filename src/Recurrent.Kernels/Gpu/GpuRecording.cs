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
    private readonly List<(GpuLaunches Launches, GpuGraph Graph)> _graphs = []; // the last used last
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
    public void Add(GpuLaunch launch) => _pending.Add(launch);

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
        var best = Find();
        if (best < 0 && (_pending.Count < FewestLaunches || !_pending.AreAlike(_last)))
        {
            _last.CopyFrom(_pending);
            for (var i = 0; i < _pending.Count; i++)
            {
                card.Launch(_pending[i]);
            }
            return;
        }
        var (launches, graph) = best < 0 ? Make() : _graphs[best];
        if (best >= 0)
        {
            _graphs.RemoveAt(best);
            Change(launches, graph);
        }
        _graphs.Add((launches, graph));
        graph.Run();
    }

    /// <summary>
    /// The graph of the same launches that has to change least; −1 if there is none, or if all would change much and
    /// there is room for one more: a pool of memory may come round only after a few steps.
    /// </summary>
    private int Find()
    {
        var (best, fewest, alike) = (-1, int.MaxValue, 0);
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
            (best, fewest) = changes < fewest ? (i, changes) : (best, fewest);
        }
        var changesMuch = fewest > _pending.Count / 4;
        return changesMuch && alike < MostGraphs / 2 ? -1 : best;
    }

    private (GpuLaunches Launches, GpuGraph Graph) Make()
    {
        if (_graphs.Count == MostGraphs)
        {
            _graphs[0].Graph.Dispose();
            _graphs.RemoveAt(0);
        }
        var launches = new GpuLaunches();
        launches.CopyFrom(_pending);
        return (launches, card.Graph(launches));
    }

    private void Change(GpuLaunches launches, GpuGraph graph)
    {
        var changed = false;
        for (var i = 0; i < _pending.Count; i++)
        {
            if (!_pending.IsSame(i, launches))
            {
                graph.Change(i, _pending[i]);
                changed = true;
            }
        }
        if (changed)
        {
            launches.CopyFrom(_pending);
        }
    }
}
