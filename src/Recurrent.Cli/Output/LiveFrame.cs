using Recurrent.Cli.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Recurrent.Cli.Output;

/// <summary>
/// A few lines at the end of a terminal that are painted again and again in the same place. The cursor is never hidden
/// and always stands below them, so that a process that is killed leaves the terminal as it should be.
/// </summary>
internal sealed class LiveFrame
{
    private readonly IAnsiConsole _console;
    private readonly Terminal _terminal;
    private readonly TextWriter _output;
    private int[] _painted = []; // (lines), the columns that each of them fills

    /// <summary>Makes a frame that has no lines yet.</summary>
    /// <param name="output">The terminal's writer.</param>
    /// <param name="terminal">Its size and colours.</param>
    public LiveFrame(TextWriter output, Terminal terminal)
    {
        (_output, _terminal) = (output, terminal);
        _console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = terminal.Color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(TextWriter.Null),
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            }
        );
        _console.Profile.Capabilities.Unicode = true;
    }

    /// <summary>
    /// Columns that may be filled. The last one stays free: some terminals go to the next line there.
    /// </summary>
    public int Width => Math.Max(_terminal.Width() - 1, 1);

    /// <summary>Rows that may be filled: all but the one the cursor stands in.</summary>
    public int Height => Math.Max(_terminal.Height() - 1, 1);

    /// <summary>The number of rows that some content takes at the present width.</summary>
    public int RowsOf(IRenderable content) => LinesOf(content).Count;

    /// <summary>Paints over what was painted before.</summary>
    /// <param name="content">What to paint; rows that do not fit are cut off.</param>
    public void Paint(IRenderable content)
    {
        var lines = LinesOf(content).Take(Height).ToArray();
        // A terminal that became narrower has broken each line that was wider, so there is more to go up and erase.
        var columns = Width + 1;
        var above = Math.Min(_painted.Sum(filled => Math.Max(1, (filled + columns - 1) / columns)), Height);
        var goUp = above > 0 ? $"\e[{above}A" : "";
        _output.Write($"{goUp}\r\e[J{_console.ToAnsi(new Lines(lines))}");
        _output.Flush();
        _painted = [.. lines.Select(line => line.CellCount())];
    }

    /// <summary>Writes below the frame, for good; nothing is painted any more after that.</summary>
    public void Append(IRenderable content) => _output.Write(_console.ToAnsi(new Lines(LinesOf(content))));

    private List<SegmentLine> LinesOf(IRenderable content)
    {
        var width = Width;
        _console.Profile.Width = width;
        var options = RenderOptions.Create(_console, _console.Profile.Capabilities);
        return Segment.SplitLines(content.Render(options, width), width);
    }

    private sealed class Lines(IReadOnlyList<SegmentLine> lines) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            lines.SelectMany(line => line.Append(Segment.LineBreak));
    }
}
