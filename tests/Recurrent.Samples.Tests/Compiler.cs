using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Recurrent.Samples.Tests;

/// <summary>Compiles what documents show, against all that this process can load.</summary>
internal static class Compiler
{
    private const string NoStatements = "CS5001"; // types alone are no program, and need not be one

    /// <summary>What the Web SDK gives to every program.</summary>
    private const string Implicit = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private const string ImplicitOfWeb = """
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        global using System.Net.Http.Json;
        """;

    private static readonly CSharpCompilation s_empty = CSharpCompilation.Create(
        "Shown",
        references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
        options: new CSharpCompilationOptions(OutputKind.ConsoleApplication)
    );

    /// <summary>The first error of a program; null if there is none.</summary>
    /// <param name="program">Top-level statements and types.</param>
    /// <param name="given">A source of its own that the program is compiled with.</param>
    public static string? ErrorOf(string program, string given)
    {
        var isWeb = given.Length > 0 || program.Contains("WebApplication", StringComparison.Ordinal);
        string[] sources = [program, given, Implicit, isWeb ? ImplicitOfWeb : ""];
        return s_empty
            .AddSyntaxTrees(sources.Select(source => CSharpSyntaxTree.ParseText(source)))
            .GetDiagnostics()
            .FirstOrDefault(found => found.Severity == DiagnosticSeverity.Error && found.Id != NoStatements)
            ?.ToString();
    }
}
