namespace Moda.Cli.Devices;

/// <summary>Devices of packages that the command line carries only where it is not compiled ahead of time.</summary>
internal static partial class OptionalDevices
{
    /// <summary>Makes them known, so that <c>--device</c> finds them.</summary>
    public static void Register() => RegisterIlgpu();

    /// <summary>Writes a line for each.</summary>
    public static void Describe(TextWriter output) => DescribeIlgpu(output);

    static partial void RegisterIlgpu();

    static partial void DescribeIlgpu(TextWriter output);
}
