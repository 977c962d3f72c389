using System.Reflection;
using System.Text;

namespace Recurrent.Tests;

/// <summary>
/// The public surface is a text file; its difference is the review of an API change. Set
/// RECURRENT_UPDATE_GOLDEN=1 to write the file anew.
/// </summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData(typeof(Kernels.VectorTier), "Recurrent.Kernels.txt")]
    [InlineData(typeof(Recurrent.Models.ILanguageModel), "Recurrent.txt")]
    [InlineData(typeof(Pictures.Picture), "Recurrent.Pictures.txt")]
    [InlineData(typeof(Reports.Report), "Recurrent.Reports.txt")]
    public void Is_the_one_on_file(Type member, string file)
    {
        var path = Repository.PathOf(Path.Combine("tests", "Recurrent.Tests", "PublicApi", file));
        var surface = Surface(member.Assembly);
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, surface);
        }
        Assert.Equal(File.ReadAllText(path), surface);
    }

    [Theory]
    [InlineData(typeof(Kernels.VectorTier))]
    [InlineData(typeof(Recurrent.Models.ILanguageModel))]
    [InlineData(typeof(Pictures.Picture))]
    [InlineData(typeof(Reports.Report))]
    public void Types_are_sealed_or_abstract(Type member) =>
        Assert.DoesNotContain(
            member.Assembly.GetTypes(),
            type => type is { IsClass: true, IsSealed: false, IsAbstract: false }
        );

    private static string Surface(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (
            var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal)
        )
        {
            text.Append(Kind(type)).Append(' ').Append(Name(type)).Append('\n');
            var members = type.GetMembers(Declared)
                .Select(Describe)
                .OfType<string>()
                .Distinct()
                .Order(StringComparer.Ordinal);
            foreach (var line in members)
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }
        return text.ToString();
    }

    private static string Kind(Type type) =>
        type switch
        {
            { IsInterface: true } => "interface",
            { IsEnum: true } => "enum",
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            _ when type.IsSubclassOf(typeof(Delegate)) => "delegate",
            _ => "sealed class",
        };

    private static string? Describe(MemberInfo member) =>
        member switch
        {
            ConstructorInfo c when IsVisible(c) => $"new({Parameters(c)})",
            MethodInfo m
                when IsVisible(m)
                    && !m.Name.StartsWith("get_", StringComparison.Ordinal)
                    && !m.Name.StartsWith('<') =>
                $"{Static(m)}{Name(m.ReturnType)} {m.Name}({Parameters(m)})",
            PropertyInfo { GetMethod: { } get } p when IsVisible(get) =>
                $"{Static(get)}{Name(p.PropertyType)} {p.Name}{(get.GetParameters().Length > 0 ? $"[{Parameters(get)}]" : "")}",
            FieldInfo { IsPublic: true, IsSpecialName: false } f =>
                $"{(f.IsLiteral ? "const " : Static(f.IsStatic))}{Name(f.FieldType)} {f.Name}",
            _ => null,
        };

    private static bool IsVisible(MethodBase method) =>
        method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Static(MethodBase method) => Static(method.IsStatic);

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Parameters(MethodBase method) =>
        string.Join(
            ", ",
            method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{Default(p)}")
        );

    private static string Default(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "";

    private static string Name(Type type)
    {
        var name =
            type.IsNested && !type.IsGenericParameter
                ? $"{Name(type.DeclaringType!)}.{type.Name}"
                : type.Name;
        return type.IsGenericType
            ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : name;
    }
}
