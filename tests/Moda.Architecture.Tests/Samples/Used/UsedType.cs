namespace Moda.Architecture.Tests.Samples.Used;

internal class UsedType;

internal static class UsedFunctions
{
    public static int Value => Environment.CurrentManagedThreadId;
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class UsedAttribute : Attribute;
