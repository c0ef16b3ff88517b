using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Holdfast.Server.Tests.Packages;

/// <summary>
/// What a package promises its users, as text: each public type with what it derives from and its members, sorted. What every record has is
/// left out. Ours, because the analyzer for it is not available; replace when it is.
/// </summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly HashSet<string> OfEveryRecord =
        ["PrintMembers", "get_EqualityContract", "EqualityContract", "Equals", "GetHashCode", "ToString", "Deconstruct", "<Clone>$", "op_Equality", "op_Inequality"];

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{type.Namespace}: {Head(type)}");
            foreach (var member in Members(type).Order(StringComparer.Ordinal))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"    {member}");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        var name = $"{Kind(type)} {TypeText.Of(type)}";
        var bases = (type is { IsClass: true, BaseType: { } parent } && parent != typeof(object) && !IsDelegate(type) ? [TypeText.Of(parent)] : Array.Empty<string>())
            .Concat(type.IsEnum || IsDelegate(type) ? [] : Own(type).Select(TypeText.Of).Order(StringComparer.Ordinal));
        return string.Join(", ", bases) is { Length: > 0 } all ? $"{name} : {all}" : name;
    }

    // Those that a base type or another interface brings are not repeated, nor the equality of records.
    private static IEnumerable<Type> Own(Type type) => type.GetInterfaces()
        .Where(face => face.IsPublic && !(IsRecord(type) && face.Name.StartsWith("IEquatable", StringComparison.Ordinal)))
        .Except(type.BaseType?.GetInterfaces() ?? [])
        .Except(type.GetInterfaces().SelectMany(face => face.GetInterfaces()));

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => IsRecord(type) ? "record struct" : "struct",
        _ when IsDelegate(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        _ => (type.IsSealed ? "sealed " : type.IsAbstract ? "abstract " : "") + (IsRecord(type) ? "record" : "class"),
    };

    private static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(Delegate));

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", Declared) is not null;

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"));
        }

        var isRecord = IsRecord(type);
        return type.GetConstructors(Declared).Where(IsSeen).Where(made => !(isRecord && IsCopy(made, type))).Select(made => $"new({Parameters(made)})")
            .Concat(type.GetMethods(Declared).Where(IsSeen).Where(method => !method.IsSpecialName && !(isRecord && OfEveryRecord.Contains(method.Name))).Select(Method))
            .Concat(type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(IsSeen) && !(isRecord && OfEveryRecord.Contains(property.Name))).Select(Property))
            .Concat(type.GetEvents(Declared).Where(happening => IsSeen(happening.AddMethod!)).Select(happening => $"event {TypeText.Of(happening.EventHandlerType!)} {happening.Name}"))
            .Concat(type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily).Select(Field));
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsCopy(ConstructorInfo made, Type type) => made.GetParameters() is [var only] && only.ParameterType == type;

    private static string Method(MethodInfo method) =>
        $"{Modifiers(method)}{TypeText.Of(method.ReturnParameter)} {method.Name}{TypeText.Arguments(method.GetGenericArguments().Select(argument => argument.Name))}({Parameters(method)})";

    private static string Modifiers(MethodBase method) =>
        (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "") + (method.IsStatic ? "static " : method is { IsAbstract: true, DeclaringType.IsInterface: false } ? "abstract " : "");

    private static string Parameters(MethodBase method)
    {
        var extends = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return extends + string.Join(", ", method.GetParameters().Select(parameter => $"{TypeText.Of(parameter)} {parameter.Name}{Default(parameter)}"));
    }

    private static string Default(ParameterInfo parameter) => parameter.HasDefaultValue
        ? $" = {parameter.DefaultValue switch { null => "default", string text => $"\"{text}\"", bool truth => truth ? "true" : "false", var value => Convert.ToString(value, CultureInfo.InvariantCulture) }}"
        : "";

    private static string Property(PropertyInfo property)
    {
        var index = property.GetIndexParameters() is { Length: > 0 } keys ? $"[{string.Join(", ", keys.Select(key => $"{TypeText.Of(key)} {key.Name}"))}]" : "";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var accessors = string.Join(" ", new[] { property.GetMethod, property.SetMethod }.Where(accessor => accessor is not null && IsSeen(accessor)).Select(accessor => Accessor(accessor!)));
        return $"{Modifiers(property.GetAccessors(true).First(IsSeen))}{required}{TypeText.Of(property)} {property.Name}{index} {{ {accessors} }}";
    }

    private static string Accessor(MethodInfo accessor) => accessor.ReturnType != typeof(void) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;";

    private static string Field(FieldInfo field) =>
        (field.IsFamily ? "protected " : "") + (field.IsLiteral ? $"const {TypeText.Of(field)} {field.Name} = {Literal(field)}" : $"{(field.IsStatic ? "static " : "")}{TypeText.Of(field)} {field.Name}");

    private static string Literal(FieldInfo field) => field.GetRawConstantValue() is string text ? $"\"{text}\"" : Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)!;
}
