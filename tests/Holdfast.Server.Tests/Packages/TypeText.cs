using System.Reflection;

namespace Holdfast.Server.Tests.Packages;

/// <summary>Types as C# writes them, without namespaces: whose they are is said once, where each is listed.</summary>
internal static class TypeText
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(char)] = "char",
    };

    public static string Of(ParameterInfo parameter) => Of(Nullability.Create(parameter), parameter.ParameterType);

    public static string Of(PropertyInfo property) => Of(Nullability.Create(property), property.PropertyType);

    public static string Of(FieldInfo field) => Of(Nullability.Create(field), field.FieldType);

    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[]";
        }

        return Nullable.GetUnderlyingType(type) is { } value ? $"{Of(value)}?" : $"{Name(type)}{Arguments(type.GetGenericArguments().Select(Of))}";
    }

    /// <summary>With the types that it lies in, without what it is generic over.</summary>
    public static string Name(Type type)
    {
        var name = type.Name.Split('`')[0];
        return type is { IsNested: true, IsGenericParameter: false } ? $"{Name(type.DeclaringType!)}.{name}" : name;
    }

    public static string Arguments(IEnumerable<string> arguments) => string.Join(", ", arguments) is { Length: > 0 } all ? $"<{all}>" : "";

    private static string Of(NullabilityInfo info, Type type)
    {
        if (type.IsByRef)
        {
            return $"ref {Of(type.GetElementType()!)}";
        }

        var text = info.ElementType is { } element ? $"{Of(element, element.Type)}[]"
            : Nullable.GetUnderlyingType(type) is null && info.GenericTypeArguments is { Length: > 0 } arguments ? $"{Name(type)}{Arguments(arguments.Select(argument => Of(argument, argument.Type)))}"
            : Of(type);
        return info.ReadState == NullabilityState.Nullable && type is { IsValueType: false, IsGenericParameter: false } && !text.EndsWith('?') ? $"{text}?" : text;
    }
}
