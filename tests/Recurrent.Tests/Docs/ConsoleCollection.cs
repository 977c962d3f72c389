namespace Recurrent.Tests.Docs;

/// <summary>Tests that set what the whole process shares run alone.</summary>
[CollectionDefinition("Console and current folder", DisableParallelization = true)]
public sealed class ConsoleCollection;
