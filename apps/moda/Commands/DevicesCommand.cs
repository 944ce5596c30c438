using System.CommandLine;
using Moda.Kernels;

namespace Moda.Cli.Commands;

/// <summary><c>moda devices</c>: what the networks can run on here.</summary>
internal static class DevicesCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var command = new Command("devices", "Lists the devices that the networks can run on here.");
        command.SetAction(_ =>
        {
            SelectedDevice automatic = DeviceSelector.Open("auto");
            using Device device = automatic.Device;
            Console.Out.WriteLine(device.Name);
            Console.Out.WriteLine($"--device auto takes it: {automatic.Reason}");
            return ExitCode.Success;
        });
        return command.WithExamples("moda devices");
    }
}
