using System.Reflection;
using System.Xml.Linq;

namespace Recurrent.Samples.Tests;

/// <summary>
/// The examples in the comments of members, and the C# of the readmes and of docs/services.md, compile
/// against the public surface.
/// </summary>
public sealed class ExampleTests
{
    /// <summary>What the examples of members need not begin with.</summary>
    private const string Usings = """
        using System.Globalization;
        using System.IO.Compression;
        using System.Text;
        using Recurrent;
        using Recurrent.Adaptation;
        using Recurrent.Batching;
        using Recurrent.Compression;
        using Recurrent.Datasets;
        using Recurrent.Decoding;
        using Recurrent.Evaluation;
        using Recurrent.Extensions.AI;
        using Recurrent.Extensions.DependencyInjection;
        using Recurrent.Extensions.SemanticKernel;
        using Recurrent.Formats;
        using Recurrent.Layers;
        using Recurrent.Models;
        using Recurrent.Models.Counts;
        using Recurrent.Optimizing;
        using Recurrent.Pictures;
        using Recurrent.Randomness;
        using Recurrent.Reports;
        using Recurrent.Telemetry;
        using Recurrent.Tensors;
        using Recurrent.Text;
        using Recurrent.Training;

        """;

    /// <summary>What the examples of the bridges are about besides.</summary>
    private const string UsingsOfBridges = """
        using Microsoft.Extensions.AI;
        using Microsoft.SemanticKernel;

        """;

    /// <summary>What the examples of members may use without having made it.</summary>
    private const string Given = $$"""
        global using static Given;
        {{Usings}}
        static class Given
        {
            public static readonly TextModel model;
            public static readonly TrainedModel trained;
            public static readonly Corpus corpus;
            public static readonly TrainingSession session;
            public static readonly TextGenerator generator;
            public static readonly StreamBatch batch;
            public static readonly TextStream stream;
            public static readonly string text;
            public static readonly CancellationToken cancellationToken;
            public static readonly IServiceCollection services;
            public static readonly WebApplicationBuilder builder;
            public static readonly WebApplication app;
        }
        """;

    /// <summary>What comes out of a run, a measurement or a step, with a constructor because it is a record.</summary>
    private static readonly string[] s_results =
    [
        "EpochReport",
        "LineScore",
        "Measurement",
        "Memorisation",
        "Minibatch",
        "StreamEvent",
        "TrainingRecovery",
        "TrainingSample",
    ];

    private static readonly Assembly[] s_libraries =
    [
        typeof(TextModel).Assembly,
        typeof(Pictures.Picture).Assembly,
        typeof(Reports.TrainingReport).Assembly,
        typeof(Extensions.AI.TextModelClients).Assembly,
        typeof(Extensions.DependencyInjection.RecurrentServices).Assembly,
        typeof(Extensions.SemanticKernel.RecurrentKernelBuilder).Assembly,
    ];

    /// <summary>The examples and their members: M:Recurrent.TextModel.Save(System.String) for one.</summary>
    private static readonly List<(string Member, string Code)> s_examples =
    [
        .. from library in s_libraries
        from member in XDocument.Load(Path.ChangeExtension(library.Location, "xml")).Descendants("member")
        from code in member.Elements("example").Elements("code")
        select (member.Attribute("name")!.Value, code.Value),
    ];

    [Fact]
    public void Every_example_of_a_member_compiles()
    {
        Assert.True(s_examples.Count >= 100);
        AssertCompile(
            from example in s_examples
            let isOfBridge = example.Member.Contains(":Recurrent.Extensions.", StringComparison.Ordinal)
            select (example.Member, (isOfBridge ? UsingsOfBridges : "") + Usings + example.Code, Given)
        );
    }

    [Fact]
    public void Every_block_of_a_readme_is_a_program_with_the_lines_that_it_needs() =>
        AssertCompile(
            from readme in Directory
                .GetDirectories(Samples.PathOf("src"))
                .Select(folder => Path.Combine(folder, "README.md"))
                .Where(File.Exists)
                .Concat(Directory.GetFiles(Samples.PathOf("."), "README*.md"))
            from block in Blocks(readme)
            select (readme, block, "")
        );

    [Fact]
    public void Every_block_of_the_page_on_services_compiles() =>
        AssertCompile(
            Blocks(Samples.PathOf("docs/services.md")).Select(block => ("services.md", Usings + block, Given))
        );

    [Fact]
    public void Everything_that_a_user_makes_or_calls_has_an_example()
    {
        var shown = s_examples.Select(example => example.Member).ToList();
        var bare =
            from library in s_libraries
            from type in library.GetExportedTypes()
            where !type.IsEnum && !type.IsAssignableTo(typeof(Exception)) && !s_results.Contains(type.Name)
            where
                type.GetConstructors().Length > 0
                || type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                    .Any(method => !method.IsSpecialName)
            where
                !shown.Exists(member =>
                    $"{member[2..]}.".Replace('(', '.').StartsWith($"{type.FullName}.", StringComparison.Ordinal)
                )
            select type.FullName;
        Assert.Empty(bare);
    }

    [Fact]
    public void What_is_wrong_does_not_compile()
    {
        Assert.NotNull(Compiler.ErrorOf("var model = new TextModel();", Given));
        Assert.NotNull(Compiler.ErrorOf("var model = TextModel.Load(\"my.safetensors\");", "")); // no using line
        Assert.NotNull(Compiler.ErrorOf(Usings + "Within.AtLeast(1);", "")); // internal
    }

    private static IEnumerable<string> Blocks(string page) =>
        File.ReadAllText(page).Split("```csharp\n").Skip(1).Select(part => part.Split("```")[0]);

    /// <summary>Fails with the errors of all the programs.</summary>
    private static void AssertCompile(IEnumerable<(string Name, string Code, string Given)> programs)
    {
        var compiled = programs.Select(one => (one.Name, Error: Compiler.ErrorOf(one.Code, one.Given))).ToList();
        Assert.NotEmpty(compiled);
        var errors = string.Join('\n', compiled.Where(one => one.Error is not null));
        Assert.True(errors.Length == 0, errors);
    }
}
