using System.CommandLine;
using Moda.Cli.Devices;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Cuda.Libraries;
using Moda.Kernels.Cuda.SelfCheck;
using Moda.Kernels.Selection;

namespace Moda.Cli.Commands;

/// <summary><c>moda devices</c>: what the networks can run on here.</summary>
internal static class DevicesCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var selfCheck = new Option<bool>("--self-check")
        {
            Description = "Prove every call into the CUDA libraries on a GPU; exit code 1 when one fails.",
        };
        var device = new Option<string>("--device")
        {
            Description = "The GPU that --self-check is about: cuda, cuda:N.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "cuda",
        };
        var command = new Command("devices", "Lists the devices that the networks can run on here.") { selfCheck, device };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(selfCheck))
            {
                return CudaSelfCheck.Run(Console.Out, CudaProvider.Ordinal(parsed.GetValue(device)!)) == 0 ? ExitCode.Success : ExitCode.Failure;
            }

            using (Device cpu = DeviceSelector.Open("cpu").Device)
            {
                Console.Out.WriteLine(cpu.Name);
            }

            CudaInventory inventory = CudaDevices.Enumerate();
            foreach (CudaDeviceInformation gpu in inventory.Devices)
            {
                Console.Out.WriteLine(Line(gpu));
            }

            foreach (LibraryInformation library in inventory.Libraries)
            {
                Console.Out.WriteLine(Line(library, inventory.DriverRelease));
            }

            Console.Out.WriteLine(inventory.Problem is { } problem
                ? $"CUDA can't be used: {problem}."
                : "--device auto takes the first GPU that works.");
            OptionalDevices.Describe(Console.Out);
            return ExitCode.Success;
        });
        return command.WithExamples("moda devices", "moda devices --self-check --device cuda:1");
    }

    private static string Line(CudaDeviceInformation gpu) =>
        $"{gpu.Label}: compute capability {gpu.ComputeCapability}, {ByteSize.Format(gpu.TotalMemory)}, "
        + $"{gpu.MultiprocessorCount} multiprocessors, {gpu.PciBusId}, {gpu.Uuid}";

    private static string Line(LibraryInformation library, string? driverRelease)
    {
        string what = library.Kind switch
        {
            LibraryKind.Driver when driverRelease is not null => $"driver {driverRelease}, serves CUDA {library.Version}",
            LibraryKind.Driver => $"driver, serves CUDA {library.Version}",
            LibraryKind.Nvrtc => $"NVRTC {library.Version}",
            LibraryKind.CublasLt => $"cuBLASLt {library.Version}",
            _ => library.Kind.ToString().ToUpperInvariant(),
        };
        return $"  {what}: {library.Path} ({library.Origin})";
    }
}
