using System.Reflection;
using System.Runtime.CompilerServices;

namespace Recurrent.Tests;

/// <summary>A type as C# writes it: keywords, nullability, names of tuple elements; without its namespace.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
    };

    public static string Of(Type type) => Write(type, null, NoNames());

    public static string Of(ParameterInfo parameter) =>
        Passing(parameter)
        + Write(parameter.ParameterType, new NullabilityInfoContext().Create(parameter), Names(parameter));

    public static string Of(PropertyInfo property) =>
        Write(property.PropertyType, new NullabilityInfoContext().Create(property), Names(property));

    public static string Of(FieldInfo field) =>
        Write(field.FieldType, new NullabilityInfoContext().Create(field), Names(field));

    public static string Of(EventInfo @event) =>
        Write(@event.EventHandlerType!, new NullabilityInfoContext().Create(@event), NoNames());

    private static string Passing(ParameterInfo parameter) =>
        !parameter.ParameterType.IsByRef ? ""
        : parameter.IsOut ? "out "
        : parameter.IsIn ? "in "
        : "ref ";

    private static Queue<string?> NoNames() => new();

    private static Queue<string?> Names(ICustomAttributeProvider member) =>
        member
            .GetCustomAttributes(typeof(TupleElementNamesAttribute), inherit: false)
            .OfType<TupleElementNamesAttribute>()
            .FirstOrDefault()
            is { } names
            ? new Queue<string?>(names.TransformNames)
            : NoNames();

    private static string Write(Type type, NullabilityInfo? nullability, Queue<string?> names)
    {
        if (type.IsByRef)
        {
            return Write(type.GetElementType()!, nullability?.ElementType ?? nullability, names);
        }
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Write(underlying, nullability, names) + "?";
        }
        var mark = !type.IsValueType && IsNullable(nullability) ? "?" : "";
        if (type.IsArray)
        {
            return $"{Write(type.GetElementType()!, nullability?.ElementType, names)}[]{mark}";
        }
        return Keywords.TryGetValue(type, out var keyword) ? keyword + mark
            : type.IsGenericType && type.IsAssignableTo(typeof(ITuple)) ? Tuple(type, nullability, names)
            : Named(type, nullability, names) + mark;
    }

    private static bool IsNullable(NullabilityInfo? nullability) =>
        nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable };

    private static string Tuple(Type type, NullabilityInfo? nullability, Queue<string?> names)
    {
        var elements = type.GetGenericArguments();
        var own = elements.Select(_ => names.TryDequeue(out var name) ? name : null).ToArray();
        var texts = elements.Select(
            (element, i) => Write(element, Argument(nullability, i), names) + (own[i] is { } name ? $" {name}" : "")
        );
        return $"({string.Join(", ", texts)})";
    }

    private static string Named(Type type, NullabilityInfo? nullability, Queue<string?> names)
    {
        var name = type.IsNested && !type.IsGenericParameter ? $"{Of(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType
            ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Argument))}>"
            : name;

        string Argument(Type argument, int i) => Write(argument, TypeText.Argument(nullability, i), names);
    }

    private static NullabilityInfo? Argument(NullabilityInfo? nullability, int i) =>
        nullability is { GenericTypeArguments: { } arguments } && i < arguments.Length ? arguments[i] : null;
}
