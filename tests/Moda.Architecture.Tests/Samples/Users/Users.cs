using Moda.Architecture.Tests.Samples.Used;

namespace Moda.Architecture.Tests.Samples.Users;

internal sealed class UserByBase : UsedType;

internal abstract class UserByInterfaceArgument : IComparable<UsedType>
{
    public abstract int CompareTo(UsedType? other);
}

internal sealed class UserByField
{
    internal readonly UsedType[] Field = [];
}

internal static class UserByParameter
{
    public static void Take(in UsedType? value) => _ = value is null;
}

internal static class UserByCall
{
    public static int Call() => UsedFunctions.Value;
}

internal static class UserByGenericArgument
{
    public static object Create() => Array.Empty<UsedType>();
}

internal sealed class UserByConstraint<T>
    where T : UsedType;

[Used]
internal sealed class UserByAttribute;

internal static class UserInNestedType
{
    internal sealed class Nested : UsedType;
}
