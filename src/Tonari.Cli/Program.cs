// The command line of this program is put together here.
return 0;
