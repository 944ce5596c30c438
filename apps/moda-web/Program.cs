using Moda.Web;

return await WebService.RunAsync(args);
