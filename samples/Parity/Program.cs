// Compares networks with case files, and prints the error of every output. Exit code 1 when an output fails.
//
//   dotnet run --project samples/Parity -- examples/parity/stitching_case.safetensors

using Moda.Kernels;
using Moda.Kernels.Selection;
using Moda.Parity;
using Moda.Parity.Cases;

if (args.Length == 0)
{
    Console.Error.WriteLine("Give one or more case files (docs/parity.md).");
    return 2;
}

using Device device = DeviceSelector.Open("auto").Device;
bool passed = true;
foreach (string path in args)
{
    using ReferenceCase reference = ReferenceCase.Open(path);
    foreach (ParityResult result in ParityRunner.Run(device, reference))
    {
        Console.WriteLine($"{reference.Kind} {result.Output}: relative error {result.RelativeError:e2}, {(result.Passed ? "PASS" : "FAIL")}");
        passed &= result.Passed;
    }
}

return passed ? 0 : 1;
