using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Reports;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Training;

/// <summary>A training run that is watched.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Trains_the_same_model_and_shows_the_run_until_it_ends()
    {
        const int Epochs = 400;
        var (plain, watched) = (_folder["plain.safetensors"], _folder["watched.safetensors"]);
        CliRunner.Plain(Tiny.Train(plain, Epochs, "story", "--validation", "0.2"));
        using var process = RecurrentProcess.Start(
            Tiny.Train(watched, Epochs, "story", "--validation", "0.2", "--watch", "0")
        );
        var line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        var address = Regex.Match(
            line!,
            "^Watch the run at (?<it>http://127[^ ]*) until it ends.$",
            RegexOptions.None,
            s_limit
        );
        using var client = new HttpClient { BaseAddress = new Uri(address.Groups["it"].Value) };
        var events = await client.GetStringAsync("/events", TestContext.Current.CancellationToken);
        var end = await RecurrentProcess.FinishAsync(process);
        Assert.Equal((ExitCode.Success, ""), (end.ExitCode, end.Error));
        Assert.EndsWith("\n\nevent: end\ndata: ended\n\n", events);
        var last = events.Split("\n\n")[^3];
        Assert.StartsWith("data: <h1 id=\"title\">Training on story</h1>\ndata: <p id=\"subtitle\">", last);
        Assert.Contains($"<dt>epoch</dt><dd>{Epochs} of {Epochs}</dd>", last);
        Assert.Equal(File.ReadAllBytes(plain), File.ReadAllBytes(watched));
    }

    [Fact]
    public void A_port_that_is_taken_is_told_before_anything_is_done()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var path = _folder["model.safetensors"];
        var result = CliRunner.Plain(Tiny.Train(path, 3, "story", "--watch", $"{port}"));
        Assert.Equal((ExitCode.Failure, ""), (result.ExitCode, result.Out));
        Assert.StartsWith($"Cannot listen at 127.0.0.1:{port}: ", result.Error);
        Assert.EndsWith("; choose another --watch, or 0 for any.\n", result.Error);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("65536")]
    [InlineData("here")]
    public void A_port_is_a_number(string port)
    {
        var result = CliRunner.Plain(Tiny.Train(_folder["model.safetensors"], 3, "story", "--watch", port));
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains($"--watch is \"{port}\" and must be a whole number from 0 to 65,535", result.Error);
    }

    [Fact]
    public void Draws_a_point_for_each_moment_and_the_epochs_of_the_report()
    {
        var time = new SteppingTime { RingsAlways = true };
        using var live = new LiveReport(time);
        Assert.Equal("", live.ToHtml());
        var session = Session(time, live, epochs: 4);
        Assert.Equal(4, session.Run(TestContext.Current.CancellationToken).Count());
        var parts = Parts(live.ToHtml(isLast: true));
        Assert.Equal(["title", "subtitle", "progress", "figures", "curves", "samples"], parts.Keys);
        Assert.Equal("1.000", (string)parts["progress"].Attribute("value")!);
        string[] charts = ["Perplexity", "Learning rate", "Gradient norm, before clipping", "Tokens per second"];
        Assert.Equal(charts, parts["curves"].Elements().Select(chart => (string)chart.Attribute("aria-label")!));
        var perplexity = session.Trainer.Best!.ValidationPerplexity!.Value;
        Assert.Contains($"{Figures.Perplexity(perplexity)} in epoch ", parts["figures"].Value);
        Assert.Contains(session.Samples[^1].Prompt, parts["samples"].Value);
    }

    [Fact]
    public void Draws_the_same_again_while_it_is_fresh()
    {
        var time = new SteppingTime();
        using var live = new LiveReport(time);
        Assert.Equal(2, Session(time, live, epochs: 2).Run(TestContext.Current.CancellationToken).Count());
        var drawn = live.ToHtml();
        Assert.Same(drawn, live.ToHtml());
        time.Step = TimeSpan.FromMinutes(1);
        Assert.NotSame(drawn, live.ToHtml());
    }

    [Fact]
    public void Keeps_its_curve_short_however_long_the_run_is()
    {
        var time = new SteppingTime { RingsAlways = true };
        using var live = new LiveReport(time);
        var session = Session(time, live, epochs: 700);
        Assert.Equal(700, session.Run(TestContext.Current.CancellationToken).Count());
        var curve = (string)
            Parts(live.ToHtml(isLast: true))["curves"]
                .Descendants()
                .First(path => (string?)path.Attribute("class") == "line s0")
                .Attribute("d")!;
        double[] x =
        [
            .. Regex
                .Matches(curve, "[ML](?<x>[\\d.]+) ", RegexOptions.None, s_limit)
                .Select(match => double.Parse(match.Groups["x"].Value, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(x.Order(), x);
        Assert.InRange(x.Length, 100, 2000);
    }

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    [Fact]
    public void Each_of_several_networks_is_drawn_from_its_beginning()
    {
        var time = new SteppingTime { RingsAlways = true };
        using var live = new LiveReport(time);
        var session = Session(time, live, epochs: 3, networks: 2);
        List<(string Network, string Epoch, string Done)> seen = [];
        foreach (var _ in session.Run(TestContext.Current.CancellationToken))
        {
            var parts = Parts(live.ToHtml(isLast: true));
            string[] figures = [.. parts["figures"].Descendants("dd").Select(figure => figure.Value)];
            seen.Add((figures[0], figures[1], (string)parts["progress"].Attribute("value")!));
        }
        Assert.Equal(
            [
                ("1 of 2", "2 of 3", "0.167"),
                ("1 of 2", "3 of 3", "0.333"),
                ("1 of 2", "3 of 3", "0.500"),
                ("2 of 2", "2 of 3", "0.667"),
                ("2 of 2", "3 of 3", "0.833"),
                ("2 of 2", "3 of 3", "1.000"),
            ],
            seen
        );
        session.Finish();
        var mean = Figures.Perplexity(session.Mean!.ValidationPerplexity!.Value);
        Assert.Contains($"mean of networks{mean}", Parts(live.ToHtml(isLast: true))["figures"].Value);
    }

    private static TrainingSession Session(TimeProvider time, LiveReport live, int epochs, int networks = 1)
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Repeat("the miller <b>sang</b>, ", 40)));
        var plan = TrainingPlan.Book(corpus.Vocabulary.Count);
        plan = plan with
        {
            Networks = networks,
            Model = plan.Model with { HiddenSize = 4 },
            Trainer = plan.Trainer with { Epochs = epochs, BatchSize = 4, Steps = 16, Validation = 0.2 },
        };
        return new TrainingSession(
            corpus,
            plan,
            new TrainingSessionOptions
            {
                TextName = "<i>",
                Time = time,
                Observers = [live],
            }
        );
    }

    /// <summary>The elements, which what a model writes cannot break, by their ids.</summary>
    private static OrderedDictionary<string, XElement> Parts(string html) =>
        new(
            XElement
                .Parse($"<main>{html}</main>", LoadOptions.PreserveWhitespace)
                .Elements()
                .Select(part => KeyValuePair.Create((string)part.Attribute("id")!, part))
        );
}
