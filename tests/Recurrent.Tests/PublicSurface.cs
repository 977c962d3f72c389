using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Recurrent.Tests;

/// <summary>
/// The public surface of an assembly as text: a line for each type, with its namespace, base and interfaces, and
/// below it a line for each member that callers or derived types can reach. What the compiler adds to every record
/// (equality, printing, deconstruction) is said by the word "record" alone.
/// </summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    public static string Of(Assembly assembly)
    {
        var lines = assembly
            .GetExportedTypes()
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(type => Members(type).Prepend(Declaration(type)));
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private static string Declaration(Type type)
    {
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"delegate {TypeText.Of(invoke.ReturnParameter)} {FullName(type)}({Parameters(invoke)})";
        }
        var bases = Bases(type).ToArray();
        return $"{Kind(type)} {FullName(type)}{(bases.Length > 0 ? $" : {string.Join(", ", bases)}" : "")}";
    }

    private static string Kind(Type type) =>
        type switch
        {
            { IsInterface: true } => "interface",
            { IsEnum: true } => "enum",
            { IsValueType: true } =>
                $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(IsRecord(type) ? "record " : "")}struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            _ => $"{Openness(type)}{(IsRecord(type) ? "record" : "class")}",
        };

    private static string Openness(Type type) =>
        type.IsAbstract ? "abstract "
        : type.IsSealed ? "sealed "
        : "";

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", Declared) is { } print && IsGenerated(print);

    private static string FullName(Type type) => $"{type.Namespace}.{TypeText.Of(type)}";

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            yield break;
        }
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            yield return TypeText.Of(parent);
        }
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var all = type.GetInterfaces();
        var direct = all.Except(inherited)
            .Except(all.SelectMany(other => other.GetInterfaces()))
            .Where(other =>
                other.IsVisible && !(IsRecord(type) && other == typeof(IEquatable<>).MakeGenericType(type))
            );
        foreach (var name in direct.Select(TypeText.Of).Order(StringComparer.Ordinal))
        {
            yield return name;
        }
    }

    private static IEnumerable<string> Members(Type type) =>
        type.IsSubclassOf(typeof(Delegate))
            ? []
            : type.GetMembers(Declared)
                .Select(Describe)
                .OfType<string>()
                .Order(StringComparer.Ordinal)
                .Select(line => "    " + line);

    private static string? Describe(MemberInfo member) =>
        member switch
        {
            ConstructorInfo c when IsVisible(c) && !(IsGenerated(c) && IsRecord(c.DeclaringType!)) =>
                $"{Protection(c)}new({Parameters(c)})",
            MethodInfo m when IsVisible(m) && !IsAccessor(m) && !IsGenerated(m) =>
                $"{Protection(m)}{Modifiers(m)}{TypeText.Of(m.ReturnParameter)} {m.Name}{Generics(m)}({Parameters(m)})",
            PropertyInfo p when Accessors(p).FirstOrDefault(IsVisible) is { } accessor && !IsGenerated(p) =>
                $"{Protection(accessor)}{(p.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")}"
                    + $"{Modifiers(accessor)}{TypeText.Of(p)} {p.Name}{Index(p)} {{ {Access(p)} }}",
            EventInfo e when IsVisible(e.AddMethod!) =>
                $"{Protection(e.AddMethod!)}{Modifiers(e.AddMethod!)}event {TypeText.Of(e)} {e.Name}",
            FieldInfo { IsSpecialName: false } f when f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly => Field(f),
            _ => null,
        };

    private static string Field(FieldInfo field)
    {
        if (field.DeclaringType!.IsEnum)
        {
            return $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}";
        }
        var kind =
            field.IsLiteral ? "const "
            : field.IsStatic ? "static "
            : "";
        var readOnly = field.IsInitOnly ? "readonly " : "";
        var value = field.IsLiteral ? $" = {Value(field.GetRawConstantValue(), field.FieldType)}" : "";
        return $"{kind}{readOnly}{TypeText.Of(field)} {field.Name}{value}";
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsGenerated(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || (member is PropertyInfo { Name: "EqualityContract" });

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static MethodInfo[] Accessors(PropertyInfo property) => property.GetAccessors(nonPublic: true);

    private static string Access(PropertyInfo property) =>
        string.Join(
            ' ',
            new[]
            {
                property.GetMethod is { } get && IsVisible(get) ? "get;" : null,
                property.SetMethod is { } set && IsVisible(set) ? (IsInit(set) ? "init;" : "set;") : null,
            }.OfType<string>()
        );

    private static bool IsInit(MethodInfo set) =>
        set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Index(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } index ? $"[{string.Join(", ", index.Select(Parameter))}]" : "";

    private static string Protection(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) =>
        method switch
        {
            { IsStatic: true } => method.IsAbstract ? "static abstract " : "static ",
            { DeclaringType.IsInterface: true } => method.IsAbstract ? "" : "virtual ",
            { IsAbstract: true } => "abstract ",
            _ when method.GetBaseDefinition() != method => method.IsFinal ? "sealed override " : "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(TypeText.Of))}>" : "";

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")
        + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        (
            parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute))
                ? "params "
                : ""
        )
        + $"{TypeText.Of(parameter)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {Value(parameter.DefaultValue, parameter.ParameterType)}" : "");

    private static string Value(object? value, Type type) =>
        value switch
        {
            null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
            string text => $"\"{text}\"",
            bool truth => truth ? "true" : "false",
            Enum choice => $"{choice.GetType().Name}.{choice}",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
}
